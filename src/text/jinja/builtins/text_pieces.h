// Cutting and joining texts without losing where their bytes came from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/runtime.h"
#include "text/jinja/values/value.h"

namespace bantam::jinja {

enum class Side { Left, Right, Both };

// The text without the characters of `set` at its ends; white space if `set` is null.
Value strip(Runtime& runtime, const TextPtr& text, const Text* set, Side side);

// At most `most` cuts, from the left or the right; null separator: runs of white space.
std::vector<Value> split(Runtime& runtime, const TextPtr& text, const Text* separator,
                         Integer most);
std::vector<Value> split_right(Runtime& runtime, const TextPtr& text, const Text* separator,
                               Integer most);
std::vector<Value> split_lines(Runtime& runtime, const TextPtr& text, bool keep_ends);

// The first `most` occurrences replaced; all if negative.
Value replace(Runtime& runtime, const Text& text, const Text& old, const Text& with, Integer most);

// The parts with `separator` between them; parts must be texts.
Value join(Runtime& runtime, const Text& separator, const std::vector<Value>& parts);

// A new text made of all of `text`, so of its origin as a whole.
Value transformed(Runtime& runtime, const Text& text, std::string (*transform)(std::string_view));

// `text` in the middle, at the left or the right of `width` characters.
Value pad(Runtime& runtime, const Text& text, std::size_t width, const Text& fill, Side text_at);

// The value as text: itself if it is one, with its markup, otherwise str(value).
TextPtr soft_str(Runtime& runtime, const Value& value);

// The same text as Markup or as plain text.
Value with_markup(const Value& text, bool markup);

// Python's isupper and islower: a cased character, and none of the other case.
bool has_only_case(Runtime& runtime, const Text& text, bool upper);

}  // namespace bantam::jinja
