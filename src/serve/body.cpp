#include "serve/body.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "text/json.h"

namespace bantam::serve {

Json read_body(const http::Request& request) {
  if (request.body.empty()) throw Error(ErrorCode::BadInput, "missing request body");
  return parse_json(request.body, "the request body");
}

http::Awaitable<> reply_json(http::Exchange& exchange, const Json& value) {
  http::Response response;
  response.body = json_text(value);
  co_await exchange.reply(std::move(response));
}

void refuse_unsupported(const Fields& fields, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const Json* value = fields.find(name);
    if (value == nullptr) continue;
    const bool is_nothing = (value->is_boolean() && !value->get<bool>()) ||
                            (!value->is_number() && !value->is_boolean() && value->empty()) ||
                            (value->is_string() && value->get_ref<const std::string&>().empty());
    if (!is_nothing) fields.fail(name, "nothing: this server does not support it");
  }
}

PromptLimit limit_of(std::int64_t context_tokens, std::int64_t request_tokens,
                     std::int64_t kept_tokens, bool is_cut) {
  const std::int64_t limit =
      request_tokens > 0 ? std::min(context_tokens, request_tokens) : context_tokens;
  return {.context_tokens = limit, .is_cut = is_cut, .kept_tokens = kept_tokens};
}

}  // namespace bantam::serve
