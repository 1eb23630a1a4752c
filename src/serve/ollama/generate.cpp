// POST /api/generate: an answer to one prompt.
#include "base/error.h"
#include "library/prompt.h"
#include "library/tokenizer_loading.h"
#include "serve/body.h"
#include "serve/chat_request.h"
#include "serve/ollama/handlers.h"
#include "serve/ollama/replies.h"
#include "serve/on_worker.h"
#include "text/json.h"

namespace bantam::serve::ollama {
namespace {

struct PromptRequest {
  std::string prompt, system, chat_template;
  bool is_raw = false;
  std::vector<std::int32_t> before;  // the tokens of an earlier answer's `context`
};

void check_raw(const PromptRequest& request) {
  if (!request.is_raw) return;
  if (request.chat_template.empty() && request.system.empty() && request.before.empty()) return;
  throw Error(ErrorCode::BadInput, "raw mode does not support template, system, or context");
}

std::vector<std::int32_t> read_ids(const Fields& fields, std::string_view name) {
  constexpr std::size_t kIdsMax = std::size_t{1} << 22;
  std::vector<std::int32_t> ids;
  const Json* array = fields.array(name, kIdsMax);
  if (array == nullptr) return ids;
  for (const Json& item : *array) {
    if (!item.is_number_integer()) fields.fail(name, "an array of token ids");
    const auto id = item.get<std::int64_t>();
    if (id < 0 || id > INT32_MAX) fields.fail(name, "an array of token ids");
    ids.push_back(static_cast<std::int32_t>(id));
  }
  return ids;
}

PromptRequest read_prompt(const Fields& fields) {
  PromptRequest request;
  request.prompt = fields.optional_text("prompt").value_or("");
  request.system = fields.optional_text("system").value_or("");
  request.chat_template = fields.optional_text("template").value_or("");
  request.is_raw = fields.flag("raw").value_or(false);
  request.before = read_ids(fields, "context");
  check_raw(request);
  return request;
}

// Any thread.
Prompt encode(const ServedModel& served, const PromptRequest& request, const Json& template_options,
              const PromptLimit& limit) {
  const library::LoadedModel& model = served.loaded;
  std::vector<std::int32_t> ids = request.before;
  const auto append = [&](std::vector<std::int32_t> more) {
    ids.insert(ids.end(), more.begin(), more.end());
  };
  const bool has_template = model.chat_template || !request.chat_template.empty();
  if (request.is_raw || !has_template) {
    append(model.tokenizer->encode(request.prompt, {.parse_special = request.is_raw}));
    return fitting_prompt(std::move(ids), limit);
  }
  Json messages = Json::array();
  if (!request.system.empty())
    messages.push_back({{"role", "system"}, {"content", request.system}});
  messages.push_back({{"role", "user"}, {"content", request.prompt}});
  Json variables = template_options;
  variables["messages"] = messages;
  text::ChatTemplateOptions options;
  options.now = library::local_time();
  text::RenderedPrompt rendered;
  if (request.chat_template.empty()) {
    rendered = model.chat_template->render(variables, options);
  } else {
    const auto stated = library::make_chat_template(request.chat_template, *model.tokenizer,
                                                    text::detect_language(request.chat_template));
    rendered = stated.render(variables, options);
  }
  append(library::encode_chat(*model.tokenizer, rendered));
  Prompt prompt = fitting_prompt(std::move(ids), limit);
  prompt.starts_thinking = replies::ends_in_thinking(served.reply_format, rendered);
  return prompt;
}

}  // namespace

http::Awaitable<> generate(Context& context, http::Exchange& exchange) {
  const Json body = read_body(exchange.request());
  const Fields fields(body);
  refuse_unsupported(fields, {"images", "suffix"});
  const PromptRequest request = read_prompt(fields);
  Generating generating = co_await begin_generating(context, fields);
  const PutPiece put = [](Json& object, const Piece& piece) {
    object["response"] = piece.text;
    if (!piece.thinking.empty()) object["thinking"] = piece.thinking;
  };
  if (request.prompt.empty() && request.before.empty()) {
    co_await reply_to_load(context, exchange, generating, put);
    co_return;
  }
  generating.returns_context = !request.is_raw;
  const PromptLimit limit =
      limit_of(generating.model->runner->context_tokens(), generating.options.context_max,
               generating.options.kept_tokens, fields.flag("truncate").value_or(true));
  Json variables = Json::object();
  put_think(fields, *generating.model, variables);
  const auto work = [&] { return encode(*generating.model, request, variables, limit); };
  Prompt prompt = co_await on_worker(context.models.workers(), work);
  if (!request.is_raw) {
    generating.reading.emplace();
    generating.reading->starts_thinking = prompt.starts_thinking;
  }
  co_await reply_with_answer(context, exchange, std::move(generating), std::move(prompt), put);
}

}  // namespace bantam::serve::ollama
