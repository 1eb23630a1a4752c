#include "text/json_reader.h"

#include <charconv>

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"

namespace bantam::text {

void JsonReader::fail(std::string_view field, std::string found, std::string expected) const {
  throw_bad_file({file_, offset_, field, std::move(found), std::move(expected)});
}

void JsonReader::skip_space() {
  while (offset_ < text_.size() && (text_[offset_] == ' ' || text_[offset_] == '\n' ||
                                    text_[offset_] == '\r' || text_[offset_] == '\t')) {
    ++offset_;
  }
}

char JsonReader::next(std::string_view field) {
  skip_space();
  if (offset_ == text_.size()) fail(field, "the end of the file", "a JSON value");
  return text_[offset_];
}

bool JsonReader::take(char c) {
  skip_space();
  if (offset_ == text_.size() || text_[offset_] != c) return false;
  ++offset_;
  return true;
}

void JsonReader::expect(char c, std::string_view field) {
  const char found = next(field);
  if (found != c) fail(field, bantam::quoted({&found, 1}), bantam::quoted({&c, 1}));
  ++offset_;
}

void JsonReader::enter(std::string_view field) {
  if (++depth_ > kDepthMax) {
    fail(field, "deeper nesting", format("at most {} levels", kDepthMax));
  }
}

JsonReader::Kind JsonReader::peek(std::string_view field) {
  const char c = next(field);
  if (c == '{') return Kind::Object;
  if (c == '[') return Kind::Array;
  if (c == '"') return Kind::String;
  if (c == 't' || c == 'f') return Kind::Boolean;
  if (c == 'n') return Kind::Null;
  if (c == '-' || (c >= '0' && c <= '9')) return Kind::Number;
  fail(field, bantam::quoted({&c, 1}), "a JSON value");
}

void JsonReader::object(std::string_view field, FunctionRef<void(const std::string&)> member) {
  expect('{', field);
  enter(field);
  if (!take('}')) {
    std::string key;
    do {
      key = string(field);
      expect(':', field);
      member(key);
    } while (take(','));
    expect('}', field);
  }
  --depth_;
}

void JsonReader::array(std::string_view field, FunctionRef<void()> element) {
  expect('[', field);
  enter(field);
  if (!take(']')) {
    do element();
    while (take(','));
    expect(']', field);
  }
  --depth_;
}

std::string_view JsonReader::string(std::string_view field) {
  if (peek(field) != Kind::String)
    fail(field, bantam::quoted(text_.substr(offset_, 12)), "a string");
  const std::size_t begin = ++offset_;
  bool copied = false;  // an escape was met: the text is in unescaped_
  std::size_t done = begin;
  for (;;) {
    if (offset_ == text_.size()) fail(field, "the end of the file", "the end of a string");
    const char c = text_[offset_];
    if (c == '"') break;
    if (static_cast<unsigned char>(c) < 0x20) fail(field, "a control character", "an escape");
    if (c != '\\') {
      ++offset_;
      continue;
    }
    if (!copied) unescaped_.clear();
    copied = true;
    unescaped_ += text_.substr(done, offset_ - done);
    ++offset_;
    if (!escape(unescaped_, field))
      fail(field, "an unknown escape", "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
    done = offset_;
  }
  const std::string_view tail = text_.substr(done, offset_ - done);
  ++offset_;
  if (!is_valid_utf8(tail) || (copied && !is_valid_utf8(unescaped_))) {
    fail(field, "bytes that are not UTF-8", "UTF-8");
  }
  if (!copied) return tail;
  unescaped_ += tail;
  return unescaped_;
}

bool JsonReader::escape(std::string& out, std::string_view field) {
  if (offset_ == text_.size()) return false;
  const char c = text_[offset_++];
  constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
  if (const std::size_t i = kNames.find(c); i != kNames.npos) {
    out += kValues[i];
    return true;
  }
  if (c != 'u') return false;
  char32_t value = hex4(field);
  if (value >= 0xD800 && value < 0xDC00 && text_.substr(offset_).starts_with("\\u")) {
    offset_ += 2;
    const char32_t low = hex4(field);
    if (low < 0xDC00 || low > 0xDFFF) fail(field, "half of a surrogate pair", "a whole one");
    value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
  }
  if (value >= 0xD800 && value < 0xE000) fail(field, "half of a surrogate pair", "a whole one");
  append_utf8(out, value);
  return true;
}

std::uint32_t JsonReader::hex4(std::string_view field) {
  std::uint32_t value = 0;
  const std::string_view digits = text_.substr(offset_, 4);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + 4)
    fail(field, bantam::quoted(digits), "four hex digits");
  offset_ += 4;
  return value;
}

std::string_view JsonReader::number_text(std::string_view field) {
  if (peek(field) != Kind::Number)
    fail(field, bantam::quoted(text_.substr(offset_, 12)), "a number");
  const std::size_t begin = offset_;
  constexpr std::string_view kCharacters = "+-.0123456789Ee";
  while (offset_ < text_.size() && kCharacters.find(text_[offset_]) != kCharacters.npos) ++offset_;
  return text_.substr(begin, offset_ - begin);
}

std::int64_t JsonReader::integer(std::string_view field) {
  const std::string_view digits = number_text(field);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    fail(field, bantam::quoted(digits), "a whole number of 64 bits");
  }
  return value;
}

double JsonReader::number(std::string_view field) {
  const std::string_view digits = number_text(field);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    fail(field, bantam::quoted(digits), "a number");
  }
  return value;
}

void JsonReader::literal(std::string_view word, std::string_view field) {
  if (!text_.substr(offset_).starts_with(word))
    fail(field, bantam::quoted(text_.substr(offset_, 12)), std::string(word));
  offset_ += word.size();
}

std::string_view JsonReader::raw(std::string_view field) {
  skip_space();
  const std::size_t begin = offset_;
  switch (peek(field)) {
    case Kind::Object:  // recursion is bounded by kDepthMax
      object(field, [&](const std::string&) { raw(field); });
      break;
    case Kind::Array:
      array(field, [&] { raw(field); });
      break;
    case Kind::String:
      string(field);
      break;
    case Kind::Number:
      number(field);
      break;
    case Kind::Boolean:
      literal(text_[offset_] == 't' ? "true" : "false", field);
      break;
    case Kind::Null:
      literal("null", field);
      break;
  }
  return text_.substr(begin, offset_ - begin);
}

void JsonReader::finish() {
  skip_space();
  if (offset_ != text_.size()) fail("JSON text", "more after its end", "the end of the file");
}

}  // namespace bantam::text
