// GET /v1/models and GET /v1/models/NAME.
#include "serve/body.h"
#include "serve/openai/handlers.h"
#include "serve/time_text.h"
#include "text/json.h"

namespace bantam::serve::openai {
namespace {

Json entry(const std::string& name, const ModelSummary& summary) {
  return {{"id", name},
          {"object", "model"},
          {"created", unix_seconds(summary.modified_at)},
          {"owned_by", "library"},
          {"meta",
           {{"n_vocab", summary.vocabulary_size},
            {"n_ctx_train", summary.context_length},
            {"n_embd", summary.embedding_length},
            {"n_params", summary.parameters},
            {"size", summary.bytes}}}};
}

}  // namespace

http::Awaitable<> models(Context& context, http::Exchange& exchange) {
  Json data = Json::array();
  for (const CatalogEntry& known : context.models.catalog().list()) {
    const ModelSummary summary = co_await context.models.summary(known);
    data.push_back(entry(known.source.name, summary));
  }
  const Json reply = {{"object", "list"}, {"data", std::move(data)}};
  co_await reply_json(exchange, reply);
}

http::Awaitable<> model(Context& context, http::Exchange& exchange) {
  constexpr std::string_view kPrefix = "/v1/models/";
  const std::string name = exchange.request().path.substr(kPrefix.size());
  const CatalogEntry known = context.models.catalog().find(name);
  const ModelSummary summary = co_await context.models.summary(known);
  co_await reply_json(exchange, entry(name, summary));
}

}  // namespace bantam::serve::openai
