// The values of JSON Schema's "format".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bantam::grammar {

// The strings of a format as an expression for add_regex; nothing for one that is not known.
std::optional<std::string_view> expression_of_format(std::string_view format);

// The formats that are known, for messages.
std::string known_formats();

}  // namespace bantam::grammar
