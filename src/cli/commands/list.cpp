// bantam list, cp and rm: the models that are installed.
#include <CLI/CLI.hpp>
#include <ctime>
#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/format.h"
#include "cli/commands/commands.h"
#include "cli/terminal/ago.h"
#include "cli/terminal/escape.h"
#include "cli/terminal/table.h"
#include "store/store.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

using store::ModelEntry;
using store::ModelName;
using store::Store;

struct ListOptions {
  std::string prefix;
  bool as_json = false;
};

Json to_json(const ModelEntry& entry) {
  Json value = {{"name", entry.name.text()},
                {"digest", entry.id ? entry.id->hex() : ""},
                {"size", entry.size},
                {"modified", entry.modified_s},
                {"details",
                 {{"format", entry.config.model_format},
                  {"family", entry.config.model_family},
                  {"families", entry.config.model_families},
                  {"parameter_size", entry.config.model_type},
                  {"quantization_level", entry.config.file_type}}}};
  if (!entry.fault.empty()) value["fault"] = entry.fault;
  return value;
}

void list(const ListOptions& options) {
  std::vector<ModelEntry> entries = Store(Store::default_root()).list();
  std::erase_if(entries, [&](const ModelEntry& entry) {
    return !entry.name.text().starts_with(options.prefix);
  });
  if (options.as_json) {
    Json models = Json::array();
    for (const ModelEntry& entry : entries) models.push_back(to_json(entry));
    std::cout << json_text(Json{{"models", models}}) << '\n';
    return;
  }
  const std::int64_t now = std::time(nullptr);
  Table table({{"NAME"}, {"ID"}, {"SIZE"}, {"MODIFIED"}});
  for (const ModelEntry& entry : entries) {
    table.add_row({entry.name.text(), entry.id ? entry.id->short_text() : "damaged",
                   list_bytes(entry.size), ago(now - entry.modified_s)});
  }
  std::cout << table.text();
  for (const ModelEntry& entry : entries) {
    if (entry.fault.empty()) continue;
    std::cerr << "bantam: warning: " << escaped_line(entry.fault) << "; pull or create "
              << escaped_line(entry.name.text()) << " again\n";
  }
}

struct CopyOptions {
  std::string from, to;
  bool as_json = false;
};

void copy(const CopyOptions& options) {
  const ModelName to = ModelName::parse(options.to);
  Store(Store::default_root()).copy(ModelName::parse(options.from), to);
  if (options.as_json) {
    std::cout << json_text(Json{{"source", options.from}, {"destination", to.text()}}) << '\n';
    return;
  }
  std::cout << "copied " << escaped_line(options.from) << " to " << escaped_line(to.text()) << '\n';
}

struct RemoveOptions {
  std::vector<std::string> models;
  bool as_json = false;
};

void remove(const RemoveOptions& options) {
  const Store store(Store::default_root());
  std::vector<ModelName> names;
  for (const std::string& text : options.models) names.push_back(ModelName::parse(text));
  Json removed = Json::array();
  for (const ModelName& name : names) {
    const store::RemoveReport report = store.remove(name);
    removed.push_back({{"name", name.text()},
                       {"blobs", report.blobs},
                       {"bytes", report.bytes},
                       {"blobs_in_use", report.in_use}});
    if (options.as_json) continue;
    std::cout << "deleted " << name.text() << ", " << human_bytes(report.bytes) << " freed\n";
    if (report.in_use > 0) {
      std::cerr << "bantam: note: " << report.in_use
                << " blobs are used by another operation and stay; bantam verify --prune removes "
                   "them later\n";
    }
    if (!report.why_kept.empty()) {
      std::cerr << "bantam: warning: no blob was removed, because a manifest cannot be read: "
                << escaped_line(report.why_kept) << '\n';
    }
  }
  if (options.as_json) std::cout << json_text(Json{{"deleted", removed}}) << '\n';
}

}  // namespace

void add_list(CLI::App& program) {
  auto options = std::make_shared<ListOptions>();
  CLI::App* command = program.add_subcommand("list", "List the models that are installed");
  command->alias("ls");
  command->add_option("PREFIX", options->prefix, "Only names that begin with this");
  command->add_flag("--json", options->as_json, "Report as JSON");
  command->footer(
      "\nModels lie in $BANTAM_MODELS, else $OLLAMA_MODELS, else ~/.ollama/models, where Ollama "
      "keeps\n"
      "its own.\n\nExample: bantam list");
  command->callback([options] { list(*options); });
}

void add_cp(CLI::App& program) {
  auto options = std::make_shared<CopyOptions>();
  CLI::App* command = program.add_subcommand("cp", "Give an installed model a second name");
  command->add_option("SOURCE", options->from, "Installed model")->required();
  command->add_option("DESTINATION", options->to, "The other name")->required();
  command->add_flag("--json", options->as_json, "Report as JSON");
  command->footer(
      "\nTakes no space: both have the same blobs.\n\nExample: bantam cp qwen3:0.6b mine");
  command->callback([options] { copy(*options); });
}

void add_rm(CLI::App& program) {
  auto options = std::make_shared<RemoveOptions>();
  CLI::App* command = program.add_subcommand("rm", "Remove installed models");
  command->add_option("MODEL", options->models, "Installed models")->required();
  command->add_flag("--json", options->as_json, "Report as JSON");
  command->footer("\nBlobs that another model has too stay.\n\nExample: bantam rm qwen3:0.6b");
  command->callback([options] { remove(*options); });
}

}  // namespace bantam::cli
