// bantam pull: a model from a registry.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/format.h"
#include "cli/commands/commands.h"
#include "cli/commands/store_report.h"
#include "cli/terminal/escape.h"
#include "store/registry/pull.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

struct Options {
  std::string model;
  bool is_insecure = false;
  double timeout_seconds = store::HttpOptions{}.stall_seconds;
  int retries = store::HttpOptions{}.retries;
  int connections = store::DownloadOptions{}.connections;
  std::uint64_t part_mib = store::DownloadOptions{}.chunk_bytes >> 20;
  bool as_json = false;
};

store::Transport transport(const Options& options) {
  if (options.is_insecure) {
    return options.model.starts_with("https://") ? store::Transport::HttpsUnverified
                                                 : store::Transport::Http;
  }
  if (options.model.starts_with("http://")) {
    throw Error(ErrorCode::BadInput,
                format("{}: an address without TLS can be read and changed on its way; give "
                       "--insecure too if that is meant",
                       options.model));
  }
  return store::Transport::Https;
}

void run(const Options& options) {
  const store::ModelName name = store::ModelName::parse(options.model);
  StoreReport progress(options.as_json);
  const store::PullOptions pull{
      .http = {.transport = transport(options),
               .stall_seconds = options.timeout_seconds,
               .retries = options.retries},
      .download = {.connections = options.connections, .chunk_bytes = options.part_mib << 20},
      .report = progress.callback(),
      .stop = progress.stop()};
  const store::PullReport report =
      store::pull(store::Store(store::Store::default_root()), name, pull);
  progress.finish();
  if (options.as_json) return;  // the last line said success
  if (!report.removed.why_kept.empty()) {
    std::cerr << "bantam: warning: no old blob was removed, because a manifest cannot be read: "
              << escaped_line(report.removed.why_kept) << '\n';
  }
  std::cout << report.name.text() << "  " << report.id.short_text() << "  "
            << human_bytes(report.size) << ", " << human_bytes(report.received) << " downloaded\n";
}

}  // namespace

void add_pull(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("pull", "Install a model from a registry");
  command
      ->add_option("MODEL", options->model,
                   "[host/][namespace/]model[:tag]; without a host from registry.ollama.ai")
      ->required();
  command->add_flag("--insecure", options->is_insecure,
                    "Use HTTP without TLS; for a name that begins with https://, TLS with any "
                    "certificate");
  command
      ->add_option("--timeout", options->timeout_seconds,
                   "Seconds after which a connection on which nothing moves is given up")
      ->check(CLI::Range(1.0, 3600.0))
      ->capture_default_str();
  command
      ->add_option("--retries", options->retries,
                   "How often to try again after faults that may pass")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  command->add_option("--connections", options->connections, "Parts to download at a time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--part", options->part_mib, "Size of a part in MiB")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command->add_flag("--json", options->as_json, "Report progress as JSON lines");
  command->footer(
      "\nInterrupted or killed, the same command goes on where it ended. HTTPS_PROXY is honoured.\n"
      "\nExamples: bantam pull qwen3:0.6b\n"
      "          bantam pull hf.co/bartowski/SmolLM2-135M-Instruct-GGUF:Q4_K_M");
  command->callback([options] { run(*options); });
}

}  // namespace bantam::cli
