// How the server is: GET /health, and GET /metrics in Prometheus' text format.
#include "base/format.h"
#include "serve/openai/handlers.h"
#include "text/json.h"

namespace bantam::serve::openai {
namespace {

class MetricsText {
 public:
  void add(std::string_view name, std::string_view kind, std::string_view help) {
    text_ += format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, kind);
  }
  template <typename T>
  void value(std::string_view name, std::string_view model, T amount) {
    const std::string label = model.empty() ? "" : format("{model_name=\"{}\"}", escaped(model));
    text_ += format("{}{} {}\n", name, label, amount);
  }
  std::string take() { return std::move(text_); }

 private:
  static std::string escaped(std::string_view label) {
    std::string text;
    for (const char c : label) {
      if (c == '"' || c == '\\') text += '\\';
      text += c == '\n' ? ' ' : c;
    }
    return text;
  }

  std::string text_;
};

// One metric of every loaded model.
struct Row {
  std::string_view name, kind, help;
  double (*amount)(const RunnerCounts& counts);
};

template <auto member>
double of_engine(const RunnerCounts& counts) {
  return static_cast<double>(counts.engine.*member);
}

double computed_tokens(const RunnerCounts& counts) {
  return static_cast<double>(counts.engine.prompt_tokens - counts.engine.reused_tokens);
}

using engine::EngineCounts;

constexpr Row kRows[] = {
    {"llamacpp:prompt_tokens_total", "counter", "Number of prompt tokens computed",
     computed_tokens},
    {"llamacpp:prompt_seconds_total", "counter", "Prompt processing time",
     [](const RunnerCounts& counts) { return counts.prompt_seconds; }},
    {"llamacpp:tokens_predicted_total", "counter", "Number of generated tokens",
     of_engine<&EngineCounts::new_tokens>},
    {"llamacpp:tokens_predicted_seconds_total", "counter", "Generation time",
     [](const RunnerCounts& counts) { return counts.decode_seconds; }},
    {"llamacpp:requests_processing", "gauge", "Requests that run",
     of_engine<&EngineCounts::running>},
    {"llamacpp:requests_deferred", "gauge", "Requests that wait",
     of_engine<&EngineCounts::waiting>},
    {"llamacpp:n_decode_total", "counter", "Passes through the model",
     of_engine<&EngineCounts::passes>},
    {"vllm:num_requests_running", "gauge", "Requests that run", of_engine<&EngineCounts::running>},
    {"vllm:num_requests_waiting", "gauge", "Requests that wait", of_engine<&EngineCounts::waiting>},
    {"vllm:num_preemptions_total", "counter", "Times that a request gave way to older ones",
     of_engine<&EngineCounts::preemptions>},
    {"vllm:prompt_tokens_total", "counter", "Prompt tokens, those found in the cache included",
     of_engine<&EngineCounts::prompt_tokens>},
    {"vllm:generation_tokens_total", "counter", "Number of generated tokens",
     of_engine<&EngineCounts::new_tokens>},
    {"vllm:prefix_cache_queries_total", "counter", "Prompt tokens looked up in the prefix cache",
     of_engine<&EngineCounts::prompt_tokens>},
    {"vllm:prefix_cache_hits_total", "counter", "Prompt tokens found in the prefix cache",
     of_engine<&EngineCounts::reused_tokens>},
    {"vllm:request_success_total", "counter", "Requests that have ended",
     of_engine<&EngineCounts::ended>},
};

}  // namespace

http::Awaitable<> health(Context&, http::Exchange& exchange) {
  http::Response response;
  response.body = R"({"status":"ok"})";
  co_await exchange.reply(std::move(response));
}

http::Awaitable<> metrics(Context& context, http::Exchange& exchange) {
  MetricsText text;
  const auto models = context.models.all_loaded();
  for (const Row& row : kRows) {
    text.add(row.name, row.kind, row.help);
    for (const auto& model : models) {
      text.value(row.name, model->name, row.amount(model->runner->counts()));
    }
  }
  const http::ServerCounts& counts = *context.connections;
  const auto of_server = [&](std::string_view name, std::string_view kind, std::string_view help,
                             std::uint64_t amount) {
    text.add(name, kind, help);
    text.value(name, "", amount);
  };
  of_server("bantam:http_connections", "gauge", "Connections that are open",
            counts.connections_open);
  of_server("bantam:http_connections_total", "counter", "Connections taken",
            counts.connections_total);
  of_server("bantam:http_requests_total", "counter", "Requests read", counts.requests_total);
  of_server("bantam:http_refused_total", "counter", "Requests that break the rules of HTTP",
            counts.refused_total);
  http::Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = text.take();
  co_await exchange.reply(std::move(response));
}

}  // namespace bantam::serve::openai
