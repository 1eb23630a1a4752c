// POST /api/chat: the next message of a conversation.
#include "serve/body.h"
#include "serve/chat_request.h"
#include "serve/messages.h"
#include "serve/ollama/handlers.h"
#include "serve/ollama/replies.h"
#include "serve/on_worker.h"
#include "text/json.h"

namespace bantam::serve::ollama {

http::Awaitable<> chat(Context& context, http::Exchange& exchange) {
  const Json body = read_body(exchange.request());
  const Fields fields(body);
  const Json messages = read_messages(fields);
  Generating generating = co_await begin_generating(context, fields);
  const PutPiece put = [](Json& object, const Piece& piece) {
    Json message = {{"role", "assistant"}, {"content", piece.text}};
    if (!piece.thinking.empty()) message["thinking"] = piece.thinking;
    if (!piece.calls.empty()) message["tool_calls"] = piece.calls;
    object["message"] = std::move(message);
  };
  if (messages.empty()) {
    co_await reply_to_load(context, exchange, generating, put);
    co_return;
  }
  const PromptLimit limit =
      limit_of(generating.model->runner->context_tokens(), generating.options.context_max,
               generating.options.kept_tokens, fields.flag("truncate").value_or(true));
  const ServedModel& model = *generating.model;
  Json variables = {{"messages", messages}};
  generating.reading.emplace();
  generating.reading->tools = put_tools(fields, model, variables);
  put_think(fields, model, variables);
  const auto work = [&] { return chat_prompt(model.loaded, model.reply_format, variables, limit); };
  Prompt prompt = co_await on_worker(context.models.workers(), work);
  generating.reading->starts_thinking = prompt.starts_thinking;
  co_await reply_with_answer(context, exchange, std::move(generating), std::move(prompt), put);
}

}  // namespace bantam::serve::ollama
