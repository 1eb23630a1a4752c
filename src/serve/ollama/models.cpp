// What models there are: GET /api/tags, GET /api/ps, POST /api/show; and that the server is there.
#include "library/tokenizer_loading.h"
#include "serve/body.h"
#include "serve/model_summary.h"
#include "serve/ollama/handlers.h"
#include "serve/ollama/options.h"
#include "serve/on_worker.h"
#include "serve/time_text.h"
#include "store/modelfile.h"
#include "text/json.h"

namespace bantam::serve::ollama {
namespace {

Json details_of(const ModelSummary& summary) {
  return {{"parent_model", ""},
          {"format", summary.format},
          {"family", summary.family},
          {"families", {summary.family}},
          {"parameter_size", summary.parameter_size},
          {"quantization_level", summary.quantization},
          {"context_length", summary.context_length},
          {"embedding_length", summary.embedding_length}};
}

// The keys of a file's metadata that are no tables of a tokenizer.
Json model_info(const library::ModelSource& source, const ModelSummary& summary) {
  const std::string& family = summary.family;
  return {{"general.architecture", family},
          {"general.basename", source.name},
          {"general.parameter_count", summary.parameters},
          {family + ".context_length", summary.context_length},
          {family + ".embedding_length", summary.embedding_length},
          {family + ".vocab_size", summary.vocabulary_size}};
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : "\n") + text;
  return all;
}

// Ollama's clients expect no JSON here.
http::Response empty_reply() {
  http::Response response;
  response.content_type = "";
  return response;
}

}  // namespace

http::Awaitable<> root(Context&, http::Exchange& exchange) {
  http::Response response;
  response.content_type = "text/plain; charset=utf-8";
  // Clients look for these very words.
  response.body = "Ollama is running";
  co_await exchange.reply(std::move(response));
}

http::Awaitable<> version(Context& context, http::Exchange& exchange) {
  const Json reply = {{"version", context.version}};
  co_await reply_json(exchange, reply);
}

http::Awaitable<> tags(Context& context, http::Exchange& exchange) {
  Json models = Json::array();
  for (const CatalogEntry& entry : context.models.catalog().list()) {
    const library::ModelSource& source = entry.source;
    const ModelSummary summary = co_await context.models.summary(entry);
    models.push_back({{"name", source.name},
                      {"model", source.name},
                      {"modified_at", time_text(summary.modified_at)},
                      {"size", summary.bytes},
                      {"digest", entry.digest},
                      {"details", details_of(summary)},
                      {"capabilities", summary.capabilities}});
  }
  const Json reply = {{"models", std::move(models)}};
  co_await reply_json(exchange, reply);
}

http::Awaitable<> ps(Context& context, http::Exchange& exchange) {
  Json models = Json::array();
  for (const auto& model : context.models.all_loaded()) {
    const CatalogEntry entry{model->loaded.source, model->digest};
    const ModelSummary summary = co_await context.models.summary(entry);
    const bool stays = model->expires == Clock::time_point::max();
    // For ever, as Ollama writes it: a date far ahead.
    const auto until =
        stays ? std::chrono::system_clock::now() + std::chrono::years(100) : model->expires_at;
    models.push_back({{"name", model->name},
                      {"model", model->name},
                      {"size", model->runner->executor().memory().total()},
                      {"digest", model->digest},
                      {"details", details_of(summary)},
                      {"expires_at", time_text(until)},
                      {"size_vram", 0},
                      {"context_length", model->runner->context_tokens()}});
  }
  const Json reply = {{"models", std::move(models)}};
  co_await reply_json(exchange, reply);
}

http::Awaitable<> show(Context& context, http::Exchange& exchange) {
  const Json body = read_body(exchange.request());
  const Fields fields(body);
  const CatalogEntry entry = context.models.catalog().find(model_name(fields));
  const ModelSummary summary = co_await context.models.summary(entry);
  const library::ModelSource& source = entry.source;
  const auto work = [&] { return library::load_template_source(source).value_or(""); };
  const std::string chat_template = co_await on_worker(context.models.workers(), work);
  Json reply = {{"modelfile", "FROM " + source.name + "\n"},
                {"parameters", ""},
                {"template", chat_template},
                {"details", details_of(summary)},
                {"model_info", model_info(source, summary)},
                {"capabilities", summary.capabilities},
                {"modified_at", time_text(summary.modified_at)}};
  if (source.installed) {
    const store::ModelParts& parts = *source.installed;
    reply["modelfile"] = store::modelfile_of(parts);
    reply["parameters"] = store::parameters_text(parts.parameters);
    if (!parts.system.empty()) reply["system"] = parts.system;
    if (!parts.licenses.empty()) reply["license"] = joined(parts.licenses);
  }
  co_await reply_json(exchange, reply);
}

http::Awaitable<> copy(Context& context, http::Exchange& exchange) {
  const Json body = read_body(exchange.request());
  const Fields fields(body);
  const auto from = store::ModelName::parse(fields.text("source"));
  const auto to = store::ModelName::parse(fields.text("destination"));
  const auto work = [&] { context.models.catalog().store().copy(from, to); };
  co_await on_worker(context.models.workers(), work);
  co_await exchange.reply(empty_reply());
}

http::Awaitable<> remove(Context& context, http::Exchange& exchange) {
  const Json body = read_body(exchange.request());
  const Fields fields(body);
  const auto name = store::ModelName::parse(model_name(fields));
  const auto work = [&] { context.models.catalog().store().remove(name); };
  co_await on_worker(context.models.workers(), work);
  co_await exchange.reply(empty_reply());
}

}  // namespace bantam::serve::ollama
