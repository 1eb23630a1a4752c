// What handlers do with the body of a request first.
#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "serve/chat_prompt.h"
#include "serve/fields.h"
#include "serve/http/exchange.h"

namespace bantam::serve {

// The body's JSON. Throws BadInput: "missing request body" for an empty one.
nlohmann::ordered_json read_body(const http::Request& request);

// Replies with a value, status 200.
http::Awaitable<> reply_json(http::Exchange& exchange, const nlohmann::ordered_json& value);

// Throws a FieldError for the first of these fields that asks for something. Null, false and what
// is empty ask for nothing.
void refuse_unsupported(const Fields& fields, std::initializer_list<std::string_view> names);

// The smaller of the model's context and what a request allows, 0: anything.
PromptLimit limit_of(std::int64_t context_tokens, std::int64_t request_tokens,
                     std::int64_t kept_tokens, bool is_cut);

}  // namespace bantam::serve
