#include "formats/json_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"

namespace bantam::formats {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Word {
  std::string_view spelling;
  JsonToken token;
  bool is_python;
};
constexpr Word kWords[] = {
    {"true", JsonToken::True, false},      {"false", JsonToken::False, false},
    {"null", JsonToken::Null, false},      {"NaN", JsonToken::Number, true},
    {"Infinity", JsonToken::Number, true}, {"-Infinity", JsonToken::Number, true},
};

}  // namespace

JsonReader::JsonReader(std::string_view file, std::string_view text, std::uint64_t start,
                       JsonLimits limits)
    : file_(file), text_(text), start_(start), limits_(limits) {}

void JsonReader::fail(std::string_view field, std::string found, std::string expected) const {
  throw_bad_file({file_, offset(), field, std::move(found), std::move(expected)});
}

void JsonReader::fail_here(std::string_view expected) const {
  const std::string found = at_ < text_.size() ? bantam::quoted(text_.substr(at_, 1))
                                               : std::string("the end of the text");
  throw_bad_file({file_, start_ + at_, "JSON", found, std::string(expected)});
}

void JsonReader::skip_space() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
    ++at_;
  }
}

JsonToken JsonReader::next() {
  last_ = read_token();
  return last_;
}

JsonToken JsonReader::read_token() {
  skip_space();
  token_start_ = at_;
  value_ = {};
  switch (state_) {
    case State::Value:
      return read_value();
    case State::FirstItem:
      return peek() == ']' ? close() : read_value();
    case State::AfterItem:
      if (peek() == ']') return close();
      if (peek() != ',') fail_here("\",\" or \"]\"");
      ++at_;
      skip_space();
      token_start_ = at_;
      return read_value();
    case State::FirstKey:
      return peek() == '}' ? close() : read_key();
    case State::NextKey:
      if (peek() == '}') return close();
      if (peek() != ',') fail_here("\",\" or \"}\"");
      ++at_;
      skip_space();
      token_start_ = at_;
      return read_key();
    case State::AfterKey:
      if (peek() != ':') fail_here("\":\"");
      ++at_;
      skip_space();
      token_start_ = at_;
      return read_value();
    case State::Done:
      break;
  }
  if (at_ < text_.size()) fail_here("nothing but whitespace after the end");
  return JsonToken::End;
}

JsonToken JsonReader::read_value() {
  const char c = peek();
  if (c == '{' || c == '[') return open(c == '{');
  if (c == '"') {
    read_text();
    return finish(JsonToken::Text);
  }
  if (is_digit(c) || (c == '-' && text_.substr(at_, 2) != "-I")) {
    read_number();
    return finish(JsonToken::Number);
  }
  return read_word();
}

JsonToken JsonReader::read_key() {
  if (peek() != '"') fail_here("a key in double quotes");
  read_text();
  if (++key_count_ > limits_.keys_max) {
    fail("JSON", "one key more", format("at most {}", limits_.keys_max));
  }
  const bool is_escaped = value_.data() == unescaped_.data();
  keys_.push_back({is_escaped ? escaped_keys_.emplace_back(value_) : value_, offset()});
  state_ = State::AfterKey;
  return JsonToken::Key;
}

JsonToken JsonReader::open(bool is_object) {
  if (containers_.size() >= limits_.depth_max) {
    fail("JSON", "one level of nesting more", format("at most {}", limits_.depth_max));
  }
  ++at_;
  containers_.push_back({is_object, keys_.size()});
  state_ = is_object ? State::FirstKey : State::FirstItem;
  return is_object ? JsonToken::BeginObject : JsonToken::BeginArray;
}

JsonToken JsonReader::close() {
  ++at_;
  const bool is_object = containers_.back().is_object;
  check_keys(containers_.back().first_key);
  containers_.pop_back();
  return finish(is_object ? JsonToken::EndObject : JsonToken::EndArray);
}

// Sorting once is cheaper in time and memory than a set that grows with every key.
void JsonReader::check_keys(std::size_t first) {
  const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(first);
  std::ranges::sort(begin, keys_.end(), {},
                    [](const KeyPlace& place) { return std::pair(place.key, place.offset); });
  const auto twin = std::ranges::adjacent_find(begin, keys_.end(), {}, &KeyPlace::key);
  if (twin != keys_.end()) {
    throw_bad_file({file_, (twin + 1)->offset, "JSON",
                    format("a second key {}", bantam::quoted(twin->key)),
                    "each key once in an object"});
  }
  keys_.erase(begin, keys_.end());
}

// Sets what may follow a whole value.
JsonToken JsonReader::finish(JsonToken token) {
  state_ = containers_.empty()            ? State::Done
           : containers_.back().is_object ? State::NextKey
                                          : State::AfterItem;
  return token;
}

JsonToken JsonReader::read_word() {
  for (const Word& word : kWords) {
    if (word.is_python && !limits_.allow_python_numbers) continue;
    if (text_.substr(at_, word.spelling.size()) != word.spelling) continue;
    value_ = text_.substr(at_, word.spelling.size());
    at_ += word.spelling.size();
    return finish(word.token);
  }
  fail_here("a value");
}

void JsonReader::read_digits() {
  if (!is_digit(peek())) fail_here("a digit");
  while (is_digit(peek())) ++at_;
}

void JsonReader::read_number() {
  if (peek() == '-') ++at_;
  const bool is_zero = peek() == '0';
  const std::size_t first = at_;
  read_digits();
  if (is_zero && at_ != first + 1) fail("JSON", "a number with a leading zero", "none");
  if (peek() == '.') {
    ++at_;
    read_digits();
  }
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    read_digits();
  }
  value_ = text_.substr(token_start_, at_ - token_start_);
}

void JsonReader::read_text() {
  const std::size_t first = ++at_;
  unescaped_.clear();
  std::size_t copied = first;  // bytes before it are in unescaped_, once there is an escape
  while (peek() != '"') {
    if (at_ >= text_.size()) fail_here("the end of a text");
    if (static_cast<unsigned char>(text_[at_]) < 0x20) fail_here("control characters as escapes");
    if (text_[at_] != '\\') {
      ++at_;
      continue;
    }
    unescaped_ += text_.substr(copied, at_ - copied);
    read_escape();
    copied = at_;
  }
  if (copied == first) {
    value_ = text_.substr(first, at_ - first);
  } else {
    unescaped_ += text_.substr(copied, at_ - copied);
    value_ = unescaped_;
  }
  ++at_;
  if (!is_valid_utf8(value_)) fail("JSON", bantam::quoted(value_), "valid UTF-8");
}

void JsonReader::read_escape() {
  constexpr std::string_view kEscapes = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  ++at_;
  if (peek() != 'u') {
    const std::size_t index = at_ < text_.size() ? kEscapes.find(text_[at_]) : kEscapes.npos;
    if (index == kEscapes.npos) fail_here("one of \" \\ / b f n r t u after a backslash");
    unescaped_ += kMeanings[index];
    ++at_;
    return;
  }
  std::uint32_t code = read_hex();
  if (code >= 0xd800 && code < 0xdc00) {  // the first half of a pair (RFC 8259 section 7)
    if (text_.substr(at_, 2) != "\\u") fail_here("the second half of a surrogate pair");
    ++at_;
    const std::uint32_t low = read_hex();
    if (low < 0xdc00 || low > 0xdfff) fail_here("the second half of a surrogate pair");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  } else if (code >= 0xdc00 && code < 0xe000) {
    fail_here("the first half of a surrogate pair before the second");
  }
  append_utf8(unescaped_, code);
}

std::uint32_t JsonReader::read_hex() {
  const std::string_view digits = text_.substr(++at_, 4);
  std::uint32_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 4 || error != std::errc() || end != digits.data() + 4) {
    fail_here("four hexadecimal digits");
  }
  at_ += 4;
  return value;
}

void JsonReader::skip_container() {
  const std::size_t outside = containers_.size() - 1;
  while (containers_.size() > outside) next();
}

void JsonReader::require(JsonToken expected, std::string_view field) const {
  if (last_ == expected) return;
  fail(field, std::string(json_token_name(last_)), std::string(json_token_name(expected)));
}

void JsonReader::expect(JsonToken expected, std::string_view field) {
  next();
  require(expected, field);
}

std::uint64_t JsonReader::natural(std::string_view field) const {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(value_.data(), value_.data() + value_.size(), value);
  if (error == std::errc() && end == value_.data() + value_.size()) return value;
  fail(field, std::string(value_.substr(0, 40)), "a whole number from 0 to 2^64 - 1");
}

std::string_view json_token_name(JsonToken token) {
  constexpr std::string_view kNames[] = {"an object",
                                         "the end of the object",
                                         "an array",
                                         "the end of the array",
                                         "a key",
                                         "text",
                                         "a number",
                                         "true",
                                         "false",
                                         "null",
                                         "the end of the text"};
  return kNames[static_cast<std::size_t>(token)];
}

}  // namespace bantam::formats
