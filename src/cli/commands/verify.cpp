// bantam verify: reads the store again and compares it with its digests.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <thread>

#include "base/error.h"
#include "base/format.h"
#include "cli/commands/commands.h"
#include "cli/commands/store_report.h"
#include "cli/terminal/escape.h"
#include "store/verify.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

struct Options {
  std::vector<std::string> models;
  int threads = 0;
  bool prunes = false;
  bool as_json = false;
};

Json to_json(const store::VerifyReport& report, const store::RemoveReport& removed) {
  Json faults = Json::array();
  for (const store::VerifyFault& fault : report.faults) {
    faults.push_back({{"file", fault.what},
                      {"reason", fault.reason},
                      {"quarantined", fault.is_quarantined},
                      {"models", fault.models}});
  }
  return {{"models", report.models},
          {"blobs", report.blobs},
          {"bytes", report.bytes},
          {"seconds", report.seconds},
          {"unused_blobs", report.unused_blobs},
          {"unused_bytes", report.unused_bytes},
          {"removed_blobs", removed.blobs},
          {"removed_bytes", removed.bytes},
          {"faults", faults}};
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void print(const store::VerifyReport& report, const Options& options) {
  for (const store::VerifyFault& fault : report.faults) {
    std::cout << escaped_line(fault.what) << ": " << escaped_line(fault.reason);
    if (fault.is_quarantined) std::cout << "; moved to .bantam/quarantine";
    if (!fault.models.empty()) std::cout << "; part of " << escaped_line(listed(fault.models));
    std::cout << '\n';
  }
  std::cout << report.models << " models, " << report.blobs << " blobs, "
            << human_bytes(report.bytes) << " in " << human_duration(report.seconds);
  if (report.seconds > 0) {
    std::cout << " ("
              << human_bytes(
                     static_cast<std::uint64_t>(static_cast<double>(report.bytes) / report.seconds))
              << "/s)";
  }
  std::cout << ", " << report.faults.size() << " faults\n";
  if (report.unused_blobs > 0 && !options.prunes) {
    std::cout << report.unused_blobs << " blobs, " << human_bytes(report.unused_bytes)
              << ", belong to no model; --prune removes those older than an hour\n";
  }
}

void run(const Options& options) {
  const store::Store store(store::Store::default_root());
  std::vector<store::ModelName> only;
  for (const std::string& text : options.models) {
    const store::ModelName name = store::ModelName::parse(text);
    const auto found = store.find(name);
    if (!found) {
      throw Error(ErrorCode::NotFound, format("{}: no such model is installed in {}", name.text(),
                                              store.root().string()));
    }
    only.push_back(*found);
  }
  const int threads = options.threads > 0
                          ? options.threads
                          : static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  StoreReport progress(options.as_json);
  const auto quiet = [](const store::Progress&) {};
  const store::VerifyReport report = store::verify(
      store, threads, options.as_json ? store::ReportProgress(quiet) : progress.callback(),
      progress.stop(), only);
  progress.finish();
  const store::RemoveReport removed =
      options.prunes ? store.remove_unused() : store::RemoveReport{};
  if (options.as_json) {
    std::cout << json_text(to_json(report, removed)) << '\n';
  } else {
    print(report, options);
    if (options.prunes) std::cout << human_bytes(removed.bytes) << " of unused files removed\n";
  }
  if (!report.faults.empty()) throw CLI::RuntimeError(exit_code(ErrorCode::BadFile));
}

}  // namespace

void add_verify(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "verify", "Read installed models again and compare them with their digests");
  command->add_option("MODEL", options->models, "Installed models; without one all of them");
  command->add_option("-t,--threads", options->threads, "Threads; 0: one a core");
  command->add_flag("--prune", options->prunes,
                    "Remove blobs and unfinished downloads that no model has, older than an hour");
  command->add_flag("--json", options->as_json, "Report as JSON");
  command->footer(
      "\nA blob with other bytes than its name says is moved to .bantam/quarantine in the folder "
      "of\n"
      "models; pull or create its models again. Exit code 4 if anything is wrong.\n"
      "\nExample: bantam verify --prune");
  command->callback([options] { run(*options); });
}

}  // namespace bantam::cli
