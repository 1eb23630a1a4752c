// JSON as values of a template.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "text/jinja/runtime.h"

namespace bantam::jinja {

// Every string, keys too, is of `origin`; invalid UTF-8 in them becomes U+FFFD. Throws a Limit
// fault for more than Limits::values levels.
Value from_json(Runtime& runtime, const nlohmann::ordered_json& json, Origin origin);

// Bytes of all strings and a little for each value: what a rendering's budget is measured by.
std::size_t json_size(const nlohmann::ordered_json& json, int levels);

}  // namespace bantam::jinja
