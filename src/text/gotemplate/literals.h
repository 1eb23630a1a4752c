// Constants of the Go language as templates may hold them, and quoting the other way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bantam::gotemplate {

// The bytes of the quoted text, raw text or character that `text` begins with; 0 if it has no end.
std::size_t quoted_length(std::string_view text);
// What it says; nothing where Go's rules forbid it.
std::optional<std::string> unquoted(std::string_view literal);

// The bytes of what looks like the number that `text` begins with.
std::size_t number_length(std::string_view text);
std::optional<std::int64_t> integer_constant(std::string_view literal);
std::optional<double> real_constant(std::string_view literal);

// As strconv.Quote: "a\n".
std::string go_quoted(std::string_view bytes);

}  // namespace bantam::gotemplate
