// POST /api/chat: the next message of a conversation.
#include "serve/body.h"
#include "serve/messages.h"
#include "serve/ollama/handlers.h"
#include "serve/ollama/replies.h"
#include "serve/on_worker.h"
#include "text/json.h"

namespace bantam::serve::ollama {

http::Awaitable<> chat(Context& context, http::Exchange& exchange) {
  const Json body = read_body(exchange.request());
  const Fields fields(body);
  refuse_unsupported(fields, {"tools", "format", "think"});
  const Json messages = read_messages(fields);
  Generating generating = co_await begin_generating(context, fields);
  const PutText put = [](Json& object, const std::string& text) {
    object["message"] = {{"role", "assistant"}, {"content", text}};
  };
  if (messages.empty()) {
    co_await reply_to_load(context, exchange, generating, put);
    co_return;
  }
  const PromptLimit limit =
      limit_of(generating.model->runner->context_tokens(), generating.options.context_max,
               generating.options.kept_tokens, fields.flag("truncate").value_or(true));
  const library::LoadedModel& model = generating.model->loaded;
  const text::ChatTemplate& chat_template = chat_template_of(model);
  const Json variables = {{"messages", messages}};
  const auto work = [&] { return chat_prompt(model, chat_template, variables, limit); };
  Prompt prompt = co_await on_worker(context.models.workers(), work);
  co_await reply_with_answer(context, exchange, std::move(generating), std::move(prompt), put);
}

}  // namespace bantam::serve::ollama
