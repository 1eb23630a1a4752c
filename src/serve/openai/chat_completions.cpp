// POST /v1/chat/completions: the next message of a conversation.
#include "serve/body.h"
#include "serve/chat_request.h"
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
  Json whole(const Progress& answer) const override {
    Json message = {{"role", "assistant"}, {"content", answer.text}};
    if (answer.text.empty() && !answer.calls.empty()) message["content"] = nullptr;
    put(answer, false, message);
    return {{"message", std::move(message)}};
  }
  Json chunk(const Progress& piece) const override {
    Json delta = Json::object();
    if (!piece.text.empty()) delta["content"] = piece.text;
    put(piece, true, delta);
    return {{"delta", std::move(delta)}};
  }
  Json first_chunk() const override {
    return {{"delta", {{"role", "assistant"}, {"content", ""}}}};
  }
  Json logprobs(const library::LoadedModel& model,
                const std::vector<engine::TokenEvent>& tokens) const override {
    return {{"content", token_logprobs(model, tokens)}, {"refusal", nullptr}};
  }

 private:
  static void put(const Progress& progress, bool is_chunk, Json& message) {
    if (!progress.thinking.empty()) message["reasoning_content"] = progress.thinking;
    for (const replies::ToolCall& call : progress.calls) {
      Json entry = Json::object();
      if (is_chunk) entry["index"] = call.index;
      entry["id"] = call.id;
      entry["type"] = "function";
      entry["function"] = {{"name", call.name}, {"arguments", call.arguments}};
      message["tool_calls"].push_back(std::move(entry));
    }
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
  refuse_unsupported(fields, {"functions", "modalities", "audio", "prediction"});
  const std::string name = fields.text("model");
  const Json messages = read_messages(fields);
  if (messages.empty()) fields.fail("messages", "at least one message");
  Generating generating;
  generating.logprobs = read_logprobs(fields);
  Json variables = variables_of(fields, messages);
  generating.format = read_openai_format(fields);
  generating.model = co_await context.models.acquire(name);
  const ServedModel& model = *generating.model;
  generating.options = read_options(fields, model.loaded);
  generating.reading.emplace();
  generating.reading->tools = put_tools(fields, model, variables);
  const PromptLimit limit = limit_of(model.runner->context_tokens(), 0, 0, false);
  const auto work = [&] { return chat_prompt(model.loaded, model.reply_format, variables, limit); };
  Prompt prompt = co_await on_worker(context.models.workers(), work);
  generating.reading->starts_thinking = prompt.starts_thinking;
  generating.prompt = std::move(prompt.ids);
  const ChatShape shape;
  co_await reply_with_answers(context, exchange, std::move(generating), shape);
}

}  // namespace bantam::serve::openai
