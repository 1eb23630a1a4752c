// Text from models and files made safe and measurable for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bantam::cli {

// The text with everything that could steer a terminal shown instead of sent: control characters
// other than newline and tab, and bytes that are no UTF-8, as \x1b; marks that reorder text
// (bidirectional controls) and line separators as \u202e. Works on any piece of text by itself, as
// long as pieces hold whole characters. Any thread.
std::string escaped_for_terminal(std::string_view text);

// As above for one line: newline and tab are escaped too.
std::string escaped_line(std::string_view text);

// Columns that the text takes in a terminal: 0 for combining marks, 2 for wide characters.
std::size_t display_width(std::string_view text);

// The longest beginning of the text that takes at most `columns`, ending in "…" if anything was
// cut.
std::string cut_to_width(std::string_view text, std::size_t columns);

}  // namespace bantam::cli
