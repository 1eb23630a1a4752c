// Texts and tokens without an answer: POST /tokenize, /detokenize, /apply-template.
#include "serve/body.h"
#include "serve/messages.h"
#include "serve/on_worker.h"
#include "serve/openai/handlers.h"
#include "text/json.h"

namespace bantam::serve::openai {
namespace {

// The model that a request names, or the only one there is.
http::Awaitable<std::shared_ptr<ServedModel>> model_of(Context& context, const Fields& fields) {
  std::string name = fields.optional_text("model").value_or("");
  if (name.empty()) {
    const std::vector<CatalogEntry> all = context.models.catalog().list();
    if (all.size() != 1) fields.fail("model", "the name of a model");
    name = all.front().source.name;
  }
  co_return co_await context.models.acquire(name);
}

}  // namespace

http::Awaitable<> tokenize(Context& context, http::Exchange& exchange) {
  const Json body = read_body(exchange.request());
  const Fields fields(body);
  const std::string text = fields.text("content");
  const bool with_pieces = fields.flag("with_pieces").value_or(false);
  const text::EncodeOptions options{.add_special = fields.flag("add_special").value_or(false),
                                    .parse_special = fields.flag("parse_special").value_or(true)};
  const auto model = co_await model_of(context, fields);
  const text::Tokenizer& tokenizer = *model->loaded.tokenizer;
  const auto work = [&] { return tokenizer.encode(text, options); };
  const auto ids = co_await on_worker(context.models.workers(), work);
  Json tokens = Json::array();
  for (const std::int32_t id : ids) {
    if (with_pieces) {
      tokens.push_back({{"id", id}, {"piece", std::string(tokenizer.piece(id))}});
    } else {
      tokens.push_back(id);
    }
  }
  const Json reply = {{"tokens", std::move(tokens)}};
  co_await reply_json(exchange, reply);
}

http::Awaitable<> detokenize(Context& context, http::Exchange& exchange) {
  const Json body = read_body(exchange.request());
  const Fields fields(body);
  constexpr std::size_t kIdsMax = std::size_t{1} << 22;
  const Json* tokens = fields.array("tokens", kIdsMax);
  if (tokens == nullptr) fields.fail("tokens", "an array of token ids");
  const auto model = co_await model_of(context, fields);
  const text::Tokenizer& tokenizer = *model->loaded.tokenizer;
  std::vector<std::int32_t> ids;
  for (const Json& item : *tokens) {
    const bool is_id = item.is_number_integer() && item.get<std::int64_t>() >= 0 &&
                       item.get<std::int64_t>() < tokenizer.vocab_size();
    if (!is_id) fields.fail("tokens", "an array of ids of the model's tokens");
    ids.push_back(item.get<std::int32_t>());
  }
  const Json reply = {{"content", tokenizer.decode(ids)}};
  co_await reply_json(exchange, reply);
}

http::Awaitable<> apply_template(Context& context, http::Exchange& exchange) {
  const Json body = read_body(exchange.request());
  const Fields fields(body);
  Json variables = {{"messages", read_messages(fields)}};
  if (const Json* tools = fields.find("tools")) variables["tools"] = *tools;
  const auto model = co_await model_of(context, fields);
  const text::ChatTemplate& chat_template = chat_template_of(model->loaded);
  const auto work = [&] { return chat_template.render(variables).text; };
  const std::string prompt = co_await on_worker(context.models.workers(), work);
  const Json reply = {{"prompt", prompt}};
  co_await reply_json(exchange, reply);
}

}  // namespace bantam::serve::openai
