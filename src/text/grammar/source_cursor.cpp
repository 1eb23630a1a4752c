#include "text/grammar/source_cursor.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"
#include "text/grammar/limits.h"

namespace bantam::grammar {

SourceCursor::SourceCursor(std::string_view source, std::string_view what)
    : source_(source), what_(what) {
  if (source.size() > limits::kSourceBytesMax) {
    throw Error(ErrorCode::BadInput, format("{}: found {} bytes, expected at most {}", what,
                                            source.size(), limits::kSourceBytesMax));
  }
  if (!is_valid_utf8(source)) {
    throw Error(ErrorCode::BadInput, format("{}: found bytes that are not UTF-8", what));
  }
}

SourceCursor::Nesting::Nesting(SourceCursor& cursor) : cursor_(cursor) {
  if (cursor_.depth_ >= limits::kDepthMax) {
    cursor_.refuse(format("brackets are nested deeper than {} levels", limits::kDepthMax));
  }
  ++cursor_.depth_;
}

bool SourceCursor::take(std::string_view text) {
  if (!looks_at(text)) return false;
  at_ += text.size();
  return true;
}

char32_t SourceCursor::next() {
  const CodePoint point = read_valid_utf8(source_.data() + at_);
  at_ += point.length;
  return point.value;
}

char32_t SourceCursor::hex(int digits) {
  const std::string_view text = source_.substr(at_, static_cast<std::size_t>(digits));
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + digits) {
    fail(format("{} hexadecimal digits", digits));
  }
  if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) fail("a Unicode character");
  at_ += text.size();
  return value;
}

std::uint32_t SourceCursor::count() {
  const std::string_view rest = source_.substr(at_);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error == std::errc::invalid_argument) fail("a number of repetitions");
  if (error != std::errc() || value > limits::kRepetitionMax) {
    fail(format("at most {} repetitions", limits::kRepetitionMax));
  }
  at_ += static_cast<std::size_t>(end - rest.data());
  return value;
}

Repetition SourceCursor::repetition() {
  const auto blanks = [this] {
    while (take(" ")) {
    }
  };
  blanks();
  Repetition result{.min = count(), .max = {}};
  blanks();
  if (!take(",")) {
    result.max = result.min;
  } else {
    blanks();
    if (peek() != '}') result.max = count();
    blanks();
  }
  if (!take("}")) fail("\"}\"");
  if (result.max && *result.max < result.min) {
    refuse(format("{} repetitions at least but {} at most", result.min, *result.max));
  }
  return result;
}

std::string SourceCursor::place() const {
  const std::string_view before = source_.substr(0, at_);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
  return format("{}: line {}, column {}", what_, line,
                to_code_points(before.substr(start)).size() + 1);
}

void SourceCursor::fail(std::string_view expected) const {
  std::string found = "the end";
  if (!is_at_end()) {
    found = quoted(source_.substr(at_, read_valid_utf8(source_.data() + at_).length));
  }
  throw Error(ErrorCode::BadInput, format("{}: found {}, expected {}", place(), found, expected));
}

void SourceCursor::refuse(std::string_view what_and_remedy) const {
  throw Error(ErrorCode::BadInput, format("{}: {}", place(), what_and_remedy));
}

}  // namespace bantam::grammar
