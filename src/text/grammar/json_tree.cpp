#include "text/grammar/json_tree.h"

#include <algorithm>
#include <unordered_set>

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"
#include "text/grammar/limits.h"

namespace bantam::grammar {
namespace {

class TreeReader {
 public:
  TreeReader(std::string_view source, std::string_view what) : source_(source), what_(what) {}

  JsonValue read() {
    JsonValue value = read_value(0);
    skip_space();
    if (at_ != source_.size()) fail("the end");
    return value;
  }

 private:
  [[noreturn]] void fail(std::string_view expected) const {
    const std::string found = at_ >= source_.size() ? "the end" : quoted(source_.substr(at_, 1));
    throw Error(ErrorCode::BadInput,
                format("{}: byte {}: found {}, expected {}", what_, at_, found, expected));
  }

  void skip_space() {
    while (at_ < source_.size() &&
           std::string_view(" \n\r\t").find(source_[at_]) != std::string_view::npos) {
      ++at_;
    }
  }

  bool take(char c) {
    skip_space();
    if (at_ == source_.size() || source_[at_] != c) return false;
    ++at_;
    return true;
  }

  JsonValue read_value(int depth) {
    if (depth > limits::kDepthMax) {
      fail(format("values nested at most {} levels deep", limits::kDepthMax));
    }
    skip_space();
    const char c = at_ < source_.size() ? source_[at_] : '\0';
    if (c == '{') return read_object(depth);
    if (c == '[') return read_array(depth);
    if (c == '"') return {JsonValue::Kind::String, read_string(), {}, {}};
    if (c == '-' || (c >= '0' && c <= '9')) return {JsonValue::Kind::Number, read_number(), {}, {}};
    for (const auto& [word, kind] :
         {std::pair("null", JsonValue::Kind::Null), std::pair("false", JsonValue::Kind::False),
          std::pair("true", JsonValue::Kind::True)}) {
      if (!source_.substr(at_).starts_with(word)) continue;
      at_ += std::string_view(word).size();
      return {kind, {}, {}, {}};
    }
    fail("a JSON value");
  }

  JsonValue read_object(int depth) {
    JsonValue value{JsonValue::Kind::Object, {}, {}, {}};
    std::unordered_set<std::string> seen;
    ++at_;
    if (take('}')) return value;
    do {
      skip_space();
      if (at_ == source_.size() || source_[at_] != '"') fail("a key in quotes");
      std::string key = read_string();
      if (!seen.insert(key).second) {
        throw Error(ErrorCode::BadInput, format("{}: byte {}: found the key {} twice in one object",
                                                what_, at_, quoted(key)));
      }
      if (!take(':')) fail("\":\"");
      value.keys.push_back(std::move(key));
      value.items.push_back(read_value(depth + 1));
    } while (take(','));
    if (!take('}')) fail("\",\" or \"}\"");
    return value;
  }

  JsonValue read_array(int depth) {
    JsonValue value{JsonValue::Kind::Array, {}, {}, {}};
    ++at_;
    if (take(']')) return value;
    do value.items.push_back(read_value(depth + 1));
    while (take(','));
    if (!take(']')) fail("\",\" or \"]\"");
    return value;
  }

  std::size_t take_digits() {
    const std::size_t begin = at_;
    while (at_ < source_.size() && source_[at_] >= '0' && source_[at_] <= '9') ++at_;
    return at_ - begin;
  }

  std::string read_number() {
    const std::size_t begin = at_;
    if (source_[at_] == '-') ++at_;
    const bool starts_with_zero = at_ < source_.size() && source_[at_] == '0';
    const std::size_t digits = take_digits();
    if (digits == 0 || (starts_with_zero && digits > 1)) fail("a number without leading zeros");
    if (at_ < source_.size() && source_[at_] == '.') {
      ++at_;
      if (take_digits() == 0) fail("a digit");
    }
    if (at_ < source_.size() && (source_[at_] == 'e' || source_[at_] == 'E')) {
      ++at_;
      if (at_ < source_.size() && (source_[at_] == '+' || source_[at_] == '-')) ++at_;
      if (take_digits() == 0) fail("a digit");
    }
    return std::string(source_.substr(begin, at_ - begin));
  }

  std::string read_string() {
    std::string text;
    for (++at_;; ++at_) {
      if (at_ == source_.size()) fail("the closing quote of a string");
      const char c = source_[at_];
      if (c == '"') break;
      if (static_cast<unsigned char>(c) < 0x20)
        fail("an escape in the place of a control character");
      if (c == '\\') {
        ++at_;
        read_escape(text);
      } else {
        text += c;
      }
    }
    ++at_;
    return text;
  }

  // Leaves at_ at the last byte of the escape.
  void read_escape(std::string& text) {
    constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
    const char c = at_ < source_.size() ? source_[at_] : '\0';
    if (const std::size_t i = kNames.find(c); c != '\0' && i != kNames.npos) {
      text += kValues[i];
      return;
    }
    if (c != 'u') fail("one of \" \\ / b f n r t u after a backslash");
    char32_t value = read_hex();
    if (value >= 0xD800 && value < 0xDC00 && source_.substr(at_ + 1).starts_with("\\u")) {
      at_ += 2;
      const char32_t low = read_hex();
      if (low < 0xDC00 || low > 0xDFFF) fail("the second half of a surrogate pair");
      value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
    }
    if (value >= 0xD800 && value < 0xE000) fail("both halves of a surrogate pair");
    append_utf8(text, value);
  }

  char32_t read_hex() {
    char32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      ++at_;
      const char c = at_ < source_.size() ? source_[at_] : '\0';
      const char lower = static_cast<char>(c | 0x20);
      if (c >= '0' && c <= '9') {
        value = value * 16 + static_cast<char32_t>(c - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        value = value * 16 + static_cast<char32_t>(lower - 'a' + 10);
      } else {
        fail("four hexadecimal digits");
      }
    }
    return value;
  }

  std::string_view source_, what_;
  std::size_t at_ = 0;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
  const auto found = std::find(keys.begin(), keys.end(), key);
  return found == keys.end() ? nullptr : &items[static_cast<std::size_t>(found - keys.begin())];
}

JsonValue parse_json_tree(std::string_view source, std::string_view what) {
  if (source.size() > limits::kSourceBytesMax) {
    throw Error(ErrorCode::BadInput, format("{}: found {} bytes, expected at most {}", what,
                                            source.size(), limits::kSourceBytesMax));
  }
  if (!is_valid_utf8(source)) {
    throw Error(ErrorCode::BadInput, format("{}: found bytes that are not UTF-8", what));
  }
  return TreeReader(source, what).read();
}

std::string json_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    constexpr std::string_view kCharacters = "\"\\\b\f\n\r\t", kNames = "\"\\bfnrt";
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (const std::size_t i = kCharacters.find(c); i != kCharacters.npos) {
      result += '\\';
      result += kNames[i];
    } else if (byte < 0x20) {
      result += "\\u00";
      result += kHex[byte >> 4];
      result += kHex[byte & 15];
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string json_text(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::Null:
      return "null";
    case JsonValue::Kind::False:
      return "false";
    case JsonValue::Kind::True:
      return "true";
    case JsonValue::Kind::Number:
      return value.text;
    case JsonValue::Kind::String:
      return json_string(value.text);
    case JsonValue::Kind::Array:
    case JsonValue::Kind::Object:
      break;
  }
  std::string text = value.is_array() ? "[" : "{";
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    if (i > 0) text += ',';
    if (value.is_object()) text += json_string(value.keys[i]) + ':';
    text += json_text(value.items[i]);
  }
  return text + (value.is_array() ? ']' : '}');
}

}  // namespace bantam::grammar
