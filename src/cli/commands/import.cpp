// bantam import and create: models from files, from other models, and from Modelfiles.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/format.h"
#include "base/mapped_file.h"
#include "cli/commands/commands.h"
#include "cli/commands/store_report.h"
#include "cli/terminal/escape.h"
#include "library/create_model.h"
#include "text/json.h"

namespace bantam::cli {

namespace fs = std::filesystem;
using store::ModelName;
using store::Store;

namespace {

std::string_view how_text(store::Added how) {
  switch (how) {
    case store::Added::WasThere:
      return "already there";
    case store::Added::Cloned:
      return "cloned, which takes no space until the file changes";
    case store::Added::Linked:
      return "linked: it is the same file, do not change it";
    case store::Added::Copied:
      return "copied";
  }
  return "";
}

void print(const library::CreateReport& report, bool as_json) {
  if (as_json) return;  // the lines of progress say it
  for (const std::string& warning : report.warnings) {
    std::cerr << "bantam: warning: " << escaped_line(warning) << '\n';
  }
  for (const std::string& note : report.notes) {
    std::cerr << "bantam: note: " << escaped_line(note) << '\n';
  }
  std::cout << report.name.text() << "  " << report.id.short_text() << "  "
            << human_bytes(report.size) << ", " << how_text(report.how) << '\n';
}

library::CreateReport install(const ModelName& name, const store::Recipe& recipe,
                              const fs::path& folder, store::LinkMode link, bool as_json) {
  StoreReport progress(as_json);
  return library::create_model(
      Store(Store::default_root()), name, recipe,
      {.link = link, .folder = folder, .report = progress.callback(), .stop = progress.stop()});
}

struct ImportOptions {
  std::string path, name;
  bool links = false;
  bool as_json = false;
};

// A name of a file's or folder's: letters in lower case, others that names may not have a hyphen.
ModelName name_of(const fs::path& path) {
  const fs::path whole = fs::absolute(path).lexically_normal();
  const fs::path last = whole.has_filename() ? whole : whole.parent_path();
  std::string text = last.extension() == ".gguf" || last.extension() == ".safetensors"
                         ? last.stem().string()
                         : last.filename().string();
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
    if (!fits) c = '-';
  }
  const auto name = ModelName::try_parse(text);
  if (name) return *name;
  throw Error(ErrorCode::BadInput,
              format("{}: cannot make a model's name of it; give one as NAME", path.string()));
}

void import_files(const ImportOptions& options) {
  const ModelName name =
      options.name.empty() ? name_of(options.path) : ModelName::parse(options.name);
  store::Recipe recipe;
  recipe.from = fs::absolute(options.path).string();
  print(install(name, recipe, "/",
                options.links ? store::LinkMode::Link : store::LinkMode::CloneOrCopy,
                options.as_json),
        options.as_json);
}

struct CreateFlags {
  std::string name, file = "Modelfile", quantize;
  bool as_json = false;
};

void create(const CreateFlags& options) {
  const ModelName name = ModelName::parse(options.name);
  const fs::path path(options.file);
  const MappedFile file(path);
  store::Recipe recipe = store::parse_modelfile(file.text(), path.string());
  recipe.quantize = options.quantize;
  print(install(name, recipe, fs::absolute(path).parent_path(), store::LinkMode::CloneOrCopy,
                options.as_json),
        options.as_json);
}

}  // namespace

void add_import(CLI::App& program) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command = program.add_subcommand(
      "import", "Install a GGUF file or a Hugging Face folder as a model with a name");
  command->add_option("PATH", options->path, "GGUF file or Hugging Face folder")->required();
  command->add_option("NAME", options->name,
                      "Name of the model; without it one of the file's name");
  command->add_flag(
      "--link", options->links,
      "Make the GGUF file and the blob one file, which takes no space; it must not be "
      "changed from then on");
  command->add_flag("--json", options->as_json, "Report progress as JSON lines");
  command->footer(
      "\nA GGUF file is cloned where the file system can, else copied. A folder becomes a GGUF "
      "file.\n"
      "\nExample: bantam import Qwen3-0.6B/ qwen3:0.6b");
  command->callback([options] { import_files(*options); });
}

void add_create(CLI::App& program) {
  auto options = std::make_shared<CreateFlags>();
  CLI::App* command = program.add_subcommand("create", "Create a model from a Modelfile");
  command->add_option("NAME", options->name, "Name of the new model")->required();
  command->add_option("-f,--file", options->file, "The Modelfile")->capture_default_str();
  command->add_option("-q,--quantize", options->quantize,
                      "Type of the weights of a folder: F32, F16, BF16");
  command->add_flag("--json", options->as_json, "Report progress as JSON lines");
  command->footer(
      "\nInstructions: FROM, PARAMETER, TEMPLATE, SYSTEM, MESSAGE, LICENSE, REQUIRES.\n"
      "\nExample: bantam create pirate -f Modelfile");
  command->callback([options] { create(*options); });
}

}  // namespace bantam::cli
