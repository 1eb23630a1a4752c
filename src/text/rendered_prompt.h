// A prompt whose every byte is known to come from the template or from somebody's input.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bantam::text {

// Bytes [begin, end) of a text.
struct ByteSpan {
  std::size_t begin = 0;
  std::size_t end = 0;

  friend bool operator==(const ByteSpan&, const ByteSpan&) = default;
};

// A rendered chat. `user_spans` are the bytes that came from messages, tools, documents or
// variables of a request: ascending, disjoint and not touching. A control token may be recognised
// only where it lies wholly outside of them, so that no input can become one.
struct RenderedPrompt {
  std::string text;  // UTF-8
  std::vector<ByteSpan> user_spans;
};

}  // namespace bantam::text
