// bantam serve: Ollama's and OpenAI's APIs over HTTP.
#include "serve/serve.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/format.h"
#include "cli/commands/commands.h"
#include "cli/flags/model_flags.h"
#include "serve/time_text.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

// Room in the cache without --cache-tokens.
constexpr std::int64_t kCachedContexts = 4;

struct Options {
  std::vector<std::string> models;
  ModelFlags execution;
  std::string host = "127.0.0.1";
  std::uint16_t port = 11434;
  std::int64_t parallel = 16;
  std::int64_t queue = 64;
  std::int64_t cache_tokens = 0;
  std::string keep_alive = "5m";
  std::vector<std::string> hosts, origins;
  std::int64_t drain_seconds = 30;
  bool as_json = false;
};

std::vector<library::ModelSource> sources_of(const Options& options) {
  std::vector<library::ModelSource> sources;
  for (const std::string& model : options.models) {
    sources.push_back(library::resolve_model(model));
    const auto same = std::ranges::find(sources, sources.back().name, &library::ModelSource::name);
    if (same + 1 == sources.end()) continue;
    throw Error(ErrorCode::BadInput,
                format("{} and {} would both be named {}: rename one", same->path.string(),
                       sources.back().path.string(), same->name));
  }
  return sources;
}

std::optional<std::chrono::seconds> keep_alive_of(const std::string& text) {
  const auto duration = serve::parse_duration(text);
  if (!duration) {
    throw Error(ErrorCode::BadInput,
                format("--keep-alive: found {}, expected a duration such as 5m, or -1s for ever",
                       quoted(std::string_view(text))));
  }
  if (duration->count() < 0) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(*duration);
}

engine::EngineOptions engine_options(const Options& options, const library::LoadedModel& model) {
  engine::EngineOptions made;
  made.executor = options.execution.executor_options(*model.model, default_context(*model.model));
  const std::int64_t tokens = options.cache_tokens > 0
                                  ? options.cache_tokens
                                  : kCachedContexts * made.executor.context_tokens;
  made.executor.block_count = model::blocks_for(tokens);
  made.sequences_max = options.parallel;
  made.waiting_max = options.queue;
  return made;
}

void run(const Options& options) {
  // Only pages and programs of this machine can reach an address of the loopback.
  if (!serve::is_loopback_name(options.host)) {
    throw Error(ErrorCode::BadInput,
                format("--host: found {}, expected 127.0.0.1 or ::1; put a reverse proxy with TLS "
                       "and keys in front to serve other machines",
                       quoted(std::string_view(options.host))));
  }
  if (options.parallel < 1 || options.parallel > 4096) {
    throw Error(ErrorCode::BadInput,
                format("--parallel: found {}, expected 1 to 4096", options.parallel));
  }
  if (options.queue < 0) {
    throw Error(ErrorCode::BadInput,
                format("--queue: found {}, expected 0 or more", options.queue));
  }
  serve::ServeOptions serving;
  serving.http.host = options.host;
  serving.http.port = options.port;
  serving.origins = {.hosts = options.hosts, .origins = options.origins};
  serving.models.keep_alive = keep_alive_of(options.keep_alive);
  serving.models.engine_options = [&](const library::LoadedModel& model) {
    return engine_options(options, model);
  };
  serving.sources = sources_of(options);
  serving.store_root = store::Store::default_root();
  serving.version = BANTAM_VERSION;
  serving.drain_time = std::chrono::seconds(options.drain_seconds);
  serving.on_listening = [&](std::uint16_t port) {
    const bool is_ipv6 = options.host.find(':') != std::string::npos;
    const std::string url = format(is_ipv6 ? "http://[{}]:{}" : "http://{}:{}", options.host, port);
    if (options.as_json) {
      std::cout << json_text(Json{{"event", "listening"}, {"url", url}, {"port", port}}) << '\n';
    } else {
      std::cout << "bantam: listening on " << url << '\n';
    }
    std::cout << std::flush;
  };
  serve::serve(std::move(serving));
}

}  // namespace

void add_serve(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("serve", "Answer Ollama's and OpenAI's clients over HTTP");
  command->add_option("MODEL", options->models,
                      "GGUF files and Hugging Face folders to serve, each under its name; without "
                      "any the built-in model");
  command->add_option("--host", options->host, "Address of the loopback to listen on")
      ->capture_default_str();
  command->add_option("-p,--port", options->port, "Port; 0: any that is free")
      ->capture_default_str();
  command
      ->add_option("--parallel", options->parallel,
                   "Requests of one model that generate at the same time")
      ->capture_default_str();
  command
      ->add_option("--queue", options->queue,
                   "Requests of one model that may wait besides; more are told to come back (503)")
      ->capture_default_str();
  command->add_option("--cache-tokens", options->cache_tokens,
                      "Tokens of prompts and answers that a model's cache holds, shared by its "
                      "requests; 0: four times --ctx");
  command
      ->add_option("--keep-alive", options->keep_alive,
                   "How long a model stays loaded that nobody uses; -1s: for ever")
      ->capture_default_str();
  command
      ->add_option("--allow-host", options->hosts,
                   "Another name of this machine that clients may use in the Host header")
      ->allow_extra_args(false);
  command
      ->add_option("--allow-origin", options->origins,
                   "A site whose pages may use the server, such as https://chat.example")
      ->allow_extra_args(false);
  command
      ->add_option("--drain", options->drain_seconds,
                   "Seconds that running requests may take after SIGTERM")
      ->capture_default_str()
      ->check(CLI::Range(0, 86'400));
  command->add_flag("--json", options->as_json, "Say where it listens as one JSON object");
  options->execution.add_execution(*command);
  command->footer(
      "\nExamples:\n"
      "  bantam serve                                   the built-in model on port 11434\n"
      "  bantam serve model.gguf other-model/           two models, by their names\n"
      "  curl http://localhost:11434/api/generate -d '{\"model\": \"built-in\", \"prompt\": "
      "\"Hi\"}'");
  command->callback([options] { run(*options); });
}

}  // namespace bantam::cli
