// POST /v1/chat/completions: the next message of a conversation.
#include "serve/body.h"
#include "serve/logprobs.h"
#include "serve/messages.h"
#include "serve/on_worker.h"
#include "serve/openai/handlers.h"
#include "serve/openai/replies.h"
#include "text/json.h"

namespace bantam::serve::openai {
namespace {

class ChatShape final : public ReplyShape {
 public:
  std::string id_prefix() const override { return "chatcmpl-"; }
  std::string object(bool is_chunk) const override {
    return is_chunk ? "chat.completion.chunk" : "chat.completion";
  }
  Json whole(const std::string& text) const override {
    return {{"message", {{"role", "assistant"}, {"content", text}}}};
  }
  Json chunk(const std::string& text) const override {
    if (text.empty()) return {{"delta", Json::object()}};
    return {{"delta", {{"content", text}}}};
  }
  Json first_chunk() const override {
    return {{"delta", {{"role", "assistant"}, {"content", ""}}}};
  }
  Json logprobs(const library::LoadedModel& model,
                const std::vector<engine::TokenEvent>& tokens) const override {
    return {{"content", token_logprobs(model, tokens)}, {"refusal", nullptr}};
  }
};

std::optional<std::int64_t> read_logprobs(const Fields& fields) {
  const auto count = fields.integer("top_logprobs", 0, 20);
  if (!fields.flag("logprobs").value_or(false)) {
    if (count && *count > 0) fields.fail("top_logprobs", "nothing without logprobs: true");
    return std::nullopt;
  }
  return count.value_or(0);
}

void check_response_format(const Fields& fields) {
  const auto wanted = fields.object("response_format");
  if (!wanted) return;
  if (wanted->text("type") != "text") wanted->fail("type", "text: no other format is supported");
}

// What templates take besides messages.
Json variables_of(const Fields& fields, Json messages) {
  Json variables = {{"messages", std::move(messages)}};
  if (const auto extra = fields.find("chat_template_kwargs")) {
    if (!extra->is_object()) fields.fail("chat_template_kwargs", "an object");
    for (const auto& [name, value] : extra->items()) {
      if (name != "messages") variables[name] = value;
    }
  }
  return variables;
}

}  // namespace

http::Awaitable<> chat_completions(Context& context, http::Exchange& exchange) {
  const Json body = read_body(exchange.request());
  const Fields fields(body);
  refuse_unsupported(fields, {"tools", "functions", "logit_bias", "modalities", "audio",
                              "prediction", "structured_outputs", "grammar", "json_schema"});
  check_response_format(fields);
  const std::string name = fields.text("model");
  const Json messages = read_messages(fields);
  if (messages.empty()) fields.fail("messages", "at least one message");
  Generating generating;
  generating.logprobs = read_logprobs(fields);
  const Json variables = variables_of(fields, messages);
  generating.model = co_await context.models.acquire(name);
  const library::LoadedModel& model = generating.model->loaded;
  generating.options = read_options(fields, model);
  const PromptLimit limit = limit_of(generating.model->runner->context_tokens(), 0, 0, false);
  const text::ChatTemplate& chat_template = chat_template_of(model);
  const auto work = [&] { return chat_prompt(model, chat_template, variables, limit); };
  Prompt prompt = co_await on_worker(context.models.workers(), work);
  generating.prompt = std::move(prompt.ids);
  const ChatShape shape;
  co_await reply_with_answers(context, exchange, std::move(generating), shape);
}

}  // namespace bantam::serve::openai
