// JSON that users write and read: in commands, requests and replies.
// be.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace bantam {

using Json = nlohmann::ordered_json;

// Throws BadInput naming `where` for text that is no JSON or nested deeper than
// limits::kJsonDepthMax.
Json parse_json(std::string_view text, std::string_view where);

// One line; bytes that are not UTF-8 become U+FFFD.
std::string json_text(const Json& value);

}  // namespace bantam
