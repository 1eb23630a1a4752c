// The messages of a conversation as clients send them, for chat templates.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "serve/fields.h"

namespace bantam::serve {

// The array `messages` with what templates know of each: role in lower case, content as one text,
// and tool_calls, tool_name, name, tool_call_id and thinking as they came. Content may be a text or
// parts {type: "text", text}. Throws FieldError, also for images and other media.
nlohmann::ordered_json read_messages(const Fields& request);

}  // namespace bantam::serve
