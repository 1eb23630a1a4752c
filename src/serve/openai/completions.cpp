// POST /v1/completions: a text goes on.
#include "base/format.h"
#include "serve/body.h"
#include "serve/on_worker.h"
#include "serve/openai/handlers.h"
#include "serve/openai/replies.h"
#include "text/json.h"

namespace bantam::serve::openai {
namespace {

class TextShape final : public ReplyShape {
 public:
  // `echo` stands before the answer.
  explicit TextShape(std::string echo) : echo_(std::move(echo)) {}

  std::string id_prefix() const override { return "cmpl-"; }
  std::string object(bool) const override { return "text_completion"; }
  Json whole(const Progress& answer) const override { return {{"text", echo_ + answer.text}}; }
  Json chunk(const Progress& piece) const override { return {{"text", piece.text}}; }
  Json first_chunk() const override {
    return echo_.empty() ? Json(nullptr) : Json{{"text", echo_}};
  }
  Json logprobs(const library::LoadedModel& model,
                const std::vector<engine::TokenEvent>& tokens) const override {
    Json texts = Json::array(), values = Json::array(), likeliest = Json::array();
    for (const engine::TokenEvent& token : tokens) {
      texts.push_back(std::string(model.tokenizer->token_bytes(token.token)));
      values.push_back(token.logprob);
      Json others = Json::object();
      for (const auto& [id, logprob] : token.likeliest) {
        others[std::string(model.tokenizer->token_bytes(id))] = logprob;
      }
      likeliest.push_back(std::move(others));
    }
    return {{"tokens", texts}, {"token_logprobs", values}, {"top_logprobs", likeliest}};
  }

 private:
  std::string echo_;
};

// A text, or the ids of its tokens.
struct TextOrIds {
  std::string text;
  std::vector<std::int32_t> ids;
};

TextOrIds read_prompt(const Fields& fields) {
  const Json* prompt = fields.find("prompt");
  if (prompt == nullptr) fields.fail("prompt", "a text or an array of token ids");
  // Of several, one: the others would need replies of their own.
  const bool is_only_item =
      prompt->is_array() && prompt->size() == 1 && !prompt->front().is_number();
  const Json& one = is_only_item ? prompt->front() : *prompt;
  if (one.is_string()) return {one.get<std::string>(), {}};
  TextOrIds read;
  if (!one.is_array() || one.empty()) fields.fail("prompt", "one text or one array of token ids");
  for (const Json& item : one) {
    if (!item.is_number_integer() || item.get<std::int64_t>() < 0 ||
        item.get<std::int64_t>() > INT32_MAX) {
      fields.fail("prompt", "one text or one array of token ids");
    }
    read.ids.push_back(item.get<std::int32_t>());
  }
  return read;
}

}  // namespace

http::Awaitable<> completions(Context& context, http::Exchange& exchange) {
  const Json body = read_body(exchange.request());
  const Fields fields(body);
  refuse_unsupported(fields, {"suffix"});
  std::optional<library::OutputFormat> format = read_openai_format(fields);
  const std::string name = fields.text("model");
  const TextOrIds text = read_prompt(fields);
  Generating generating;
  generating.logprobs = fields.integer("logprobs", 0, 20);
  generating.format = std::move(format);
  fields.integer("best_of", 1, 1);  // of one answer the best is that one
  generating.model = co_await context.models.acquire(name);
  const library::LoadedModel& model = generating.model->loaded;
  generating.options = read_options(fields, model);
  if (!fields.has("max_tokens")) generating.options.max_tokens = 16;
  const PromptLimit limit = limit_of(generating.model->runner->context_tokens(), 0, 0, false);
  const auto work = [&] {
    return fitting_prompt(text.ids.empty() ? model.tokenizer->encode(text.text, {}) : text.ids,
                          limit);
  };
  Prompt prompt = co_await on_worker(context.models.workers(), work);
  generating.prompt = std::move(prompt.ids);
  const bool echoes = fields.flag("echo").value_or(false);
  const TextShape shape(echoes ? text.text : "");
  co_await reply_with_answers(context, exchange, std::move(generating), shape);
}

}  // namespace bantam::serve::openai
