// POST /api/generate: an answer to one prompt.
#include "base/error.h"
#include "library/prompt.h"
#include "library/tokenizer_loading.h"
#include "serve/body.h"
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
Prompt encode(const library::LoadedModel& model, const PromptRequest& request,
              const PromptLimit& limit) {
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
  const Json variables = {{"messages", messages}};
  const text::ChatTemplateOptions options{.now = library::local_time()};
  if (request.chat_template.empty()) {
    append(library::encode_chat(*model.tokenizer, model.chat_template->render(variables, options)));
  } else {
    const auto stated = library::make_chat_template(request.chat_template, *model.tokenizer,
                                                    text::detect_language(request.chat_template));
    append(library::encode_chat(*model.tokenizer, stated.render(variables, options)));
  }
  return fitting_prompt(std::move(ids), limit);
}

}  // namespace

http::Awaitable<> generate(Context& context, http::Exchange& exchange) {
  const Json body = read_body(exchange.request());
  const Fields fields(body);
  refuse_unsupported(fields, {"images", "suffix", "format", "think"});
  const PromptRequest request = read_prompt(fields);
  Generating generating = co_await begin_generating(context, fields);
  const PutText put = [](Json& object, const std::string& text) { object["response"] = text; };
  if (request.prompt.empty() && request.before.empty()) {
    co_await reply_to_load(context, exchange, generating, put);
    co_return;
  }
  generating.returns_context = !request.is_raw;
  const PromptLimit limit =
      limit_of(generating.model->runner->context_tokens(), generating.options.context_max,
               generating.options.kept_tokens, fields.flag("truncate").value_or(true));
  const library::LoadedModel& model = generating.model->loaded;
  const auto work = [&] { return encode(model, request, limit); };
  Prompt prompt = co_await on_worker(context.models.workers(), work);
  co_await reply_with_answer(context, exchange, std::move(generating), std::move(prompt), put);
}

}  // namespace bantam::serve::ollama
