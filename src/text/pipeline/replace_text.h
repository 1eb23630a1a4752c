// A copy of a text with every occurrence of a string replaced. Any thread.
#pragma once

#include <limits>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/format.h"

namespace bantam::text {

// How long a text may become by the rules of a tokenizer file, which could double it again and
// again.
inline std::size_t grown_bytes_max(std::size_t text_bytes) {
  return (std::size_t{1} << 20) + 64 * text_bytes;
}

// Throws Error{BadInput} for a text that has grown past the limit.
inline void check_growth(std::size_t bytes, std::size_t bytes_max) {
  if (bytes <= bytes_max) return;
  throw Error(
      ErrorCode::BadInput,
      format("the tokenizer's rules make the text longer than {} bytes; use another tokenizer",
             bytes_max));
}

// `from` empty: the text as it is. Throws Error{BadInput} for a result longer than `bytes_max`.
inline std::string replace_text(std::string_view text, std::string_view from, std::string_view to,
                                std::size_t bytes_max = std::numeric_limits<std::size_t>::max()) {
  std::string out;
  out.reserve(text.size());
  std::size_t done = 0;
  if (!from.empty()) {
    for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, done)) {
      out += text.substr(done, at - done);
      out += to;
      done = at + from.size();
      check_growth(out.size(), bytes_max);
    }
  }
  out += text.substr(done);
  return out;
}

}  // namespace bantam::text
