#include "text/jinja/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/format.h"
#include "text/jinja/error.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

constexpr std::array<std::string_view, 6> kLongOperators = {"//", "**", "==", "!=", ">=", "<="};
constexpr std::string_view kOperators = "+-/*%~[](){}><=.:|,;";

// "\r\n" and "\r" become "\n"; one newline at the end is dropped.
std::string normalized(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r') {
      out += source[i];
    } else {
      out += '\n';
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
    }
  }
  if (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

bool is_digit_char(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) text_and_tag();
    add(TokenKind::End);
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw TemplateError(Fault::Syntax, line_, message);
  }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  bool starts(std::string_view prefix) const {
    return std::string_view(source_).substr(at_).starts_with(prefix);
  }
  void add(TokenKind kind, std::string text = {}) {
    Token token;
    token.kind = kind;
    token.line = line_;
    token.text = std::move(text);
    tokens_.push_back(std::move(token));
  }
  void advance_to(std::size_t end) {
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         source_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    if (end > at_) line_starting_ = source_[end - 1] == '\n';
    at_ = end;
  }
  std::size_t skip_spaces(std::size_t from) const {
    while (from < source_.size()) {
      const CodePoint c = decode_at(source_, from);
      if (!is_space(c.value)) break;
      from += c.length;
    }
    return from;
  }

  // The text from at_ to a tag at `end`, cut as the sign of the tag and lstrip_blocks ask.
  void add_text(std::size_t end, char sign, bool variable) {
    std::size_t cut = end;
    if (sign == '-') {
      while (cut > at_ && is_space(decode_before(source_, cut).value)) {
        cut -= decode_before(source_, cut).length;
      }
    } else if (sign != '+' && !variable) {
      const auto newline = std::string_view(source_).substr(at_, end - at_).rfind('\n');
      const bool has_newline = newline != std::string_view::npos;
      const std::size_t line_start = has_newline ? at_ + newline + 1 : at_;
      if ((has_newline || line_starting_) && skip_spaces(line_start) >= end) cut = line_start;
    }
    if (cut > at_) add(TokenKind::Data, source_.substr(at_, cut - at_));
    advance_to(end);
  }

  void text_and_tag() {
    std::size_t tag = at_;
    while (true) {
      tag = source_.find('{', tag);
      if (tag == std::string::npos) {
        add(TokenKind::Data, source_.substr(at_));
        return advance_to(source_.size());
      }
      const char kind = tag + 1 < source_.size() ? source_[tag + 1] : '\0';
      if (kind == '{' || kind == '%' || kind == '#') break;
      ++tag;
    }
    const char kind = source_[tag + 1];
    const char mark = tag + 2 < source_.size() ? source_[tag + 2] : '\0';
    const char sign = mark == '-' || mark == '+' ? mark : '\0';
    add_text(tag, sign, kind == '{');
    const std::size_t inside = tag + (sign == '\0' ? 2 : 3);
    if (kind == '#') return comment(inside);
    if (kind == '%' && raw(inside)) return;
    add(kind == '{' ? TokenKind::VariableBegin : TokenKind::BlockBegin);
    advance_to(inside);
    tag_body(kind == '{');
  }

  void comment(std::size_t inside) {
    const std::size_t end = source_.find("#}", inside);
    if (end == std::string::npos) fail("Missing end of comment tag");
    const char sign = end > inside ? source_[end - 1] : '\0';
    advance_to(end + 2);
    if (sign == '-') {
      advance_to(skip_spaces(at_));
    } else if (sign != '+' && peek() == '\n') {
      advance_to(at_ + 1);
    }
  }

  // The end of a block tag at `at`, past the white space that goes with it; npos if there is none.
  std::size_t block_end(std::size_t at) const {
    const auto rest = std::string_view(source_).substr(at);
    if (rest.starts_with("+%}")) return at + 3;
    if (rest.starts_with("-%}")) return skip_spaces(at + 3);
    if (rest.starts_with("%}")) return at + 2 + (rest.size() > 2 && rest[2] == '\n' ? 1 : 0);
    return std::string::npos;
  }

  // {% raw %} … {% endraw %}: the text between as it is.
  bool raw(std::size_t inside) {
    std::size_t at = skip_spaces(inside);
    if (!std::string_view(source_).substr(at).starts_with("raw")) return false;
    at = skip_spaces(at + 3);
    const auto rest = std::string_view(source_).substr(at);
    if (rest.starts_with("-%}")) {
      at = skip_spaces(at + 3);
    } else if (rest.starts_with("%}")) {
      at += 2;
    } else {
      return false;
    }
    advance_to(at);
    for (std::size_t tag = source_.find("{%", at_); tag != std::string::npos;
         tag = source_.find("{%", tag + 2)) {
      const char mark = tag + 2 < source_.size() ? source_[tag + 2] : '\0';
      const char sign = mark == '-' || mark == '+' ? mark : '\0';
      const std::size_t name = skip_spaces(tag + (sign == '\0' ? 2 : 3));
      if (!std::string_view(source_).substr(name).starts_with("endraw")) continue;
      const std::size_t end = block_end(skip_spaces(name + 6));
      if (end == std::string::npos) continue;
      add_text(tag, sign, false);
      advance_to(end);
      return true;
    }
    fail("Missing end of raw directive");
  }

  void tag_body(bool variable) {
    std::string open;  // the brackets that are waited for
    while (at_ < source_.size()) {
      if (open.empty() && tag_end(variable)) return;
      const CodePoint c = decode_at(source_, at_);
      if (is_space(c.value)) {
        advance_to(skip_spaces(at_));
      } else if (is_digit_char(peek())) {
        number();
      } else if (c.value == '_' || is_alpha(c.value)) {
        name();
      } else if (c.value == '"' || c.value == '\'') {
        string();
      } else {
        op(open);
      }
    }
    // The parser says what was expected.
  }

  bool tag_end(bool variable) {
    std::size_t end = std::string::npos;
    if (!variable) {
      end = block_end(at_);
    } else if (starts("-}}")) {
      end = skip_spaces(at_ + 3);
    } else if (starts("}}")) {
      end = at_ + 2;
    }
    if (end == std::string::npos) return false;
    add(variable ? TokenKind::VariableEnd : TokenKind::BlockEnd);
    advance_to(end);
    return true;
  }

  void name() {
    std::size_t end = at_;
    while (end < source_.size()) {
      const CodePoint c = decode_at(source_, end);
      if (c.value != '_' && !is_alpha(c.value) && !is_numeric(c.value)) break;
      end += c.length;
    }
    std::string text = source_.substr(at_, end - at_);
    if (!is_identifier(text)) fail("Invalid character in identifier");
    add(TokenKind::Name, std::move(text));
    advance_to(end);
  }

  // Digits of `base` from `from` on, with single underscores before any but perhaps the first.
  std::size_t digits(std::size_t from, int base, bool underscore_first) const {
    const auto is_digit_of = [&](std::size_t i) {
      if (i >= source_.size()) return false;
      const char c = static_cast<char>(source_[i] | (source_[i] >= 'A' ? 0x20 : 0));
      const int value = is_digit_char(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
      return value < base;
    };
    std::size_t at = from;
    while (true) {
      const bool skip =
          at < source_.size() && source_[at] == '_' && (at > from || underscore_first);
      if (!is_digit_of(at + (skip ? 1 : 0))) return at;
      at += skip ? 2 : 1;
    }
  }

  void number() {
    if (real_number()) return;
    const char mark = static_cast<char>(peek(1) | 0x20);
    const int base = peek() != '0' ? 10 : mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
    std::size_t begin = at_;
    std::size_t end = digits(at_, 10, false);
    if (base != 10 && digits(at_ + 2, base, true) > at_ + 2) {
      begin = at_ + 2;
      end = digits(begin, base, true);
    } else if (peek() == '0') {
      end = digits(at_, 1, false);  // zeros only
    }
    Integer value = 0;
    for (std::size_t i = begin; i < end; ++i) {
      if (source_[i] == '_') continue;
      const char c = static_cast<char>(source_[i] | (source_[i] >= 'A' ? 0x20 : 0));
      const int digit = is_digit_char(c) ? c - '0' : c - 'a' + 10;
      if (__builtin_mul_overflow(value, Integer{base == 10 || begin > at_ ? base : 10}, &value) ||
          __builtin_add_overflow(value, Integer{digit}, &value)) {
        fail("an integer of more than 128 bits");
      }
    }
    add(TokenKind::Whole);
    tokens_.back().whole = value;
    advance_to(end);
  }

  // Digits with a fraction, an exponent or both; not straight after a dot.
  bool real_number() {
    if (at_ > 0 && source_[at_ - 1] == '.') return false;
    const std::size_t whole_end = digits(at_, 10, false);
    std::size_t end = whole_end;
    if (end < source_.size() && source_[end] == '.') {
      const std::size_t fraction = digits(end + 1, 10, false);
      if (fraction > end + 1) end = fraction;
    }
    if (end < source_.size() && (source_[end] | 0x20) == 'e') {
      std::size_t exponent = end + 1;
      if (exponent < source_.size() && (source_[exponent] == '+' || source_[exponent] == '-')) {
        ++exponent;
      }
      const std::size_t exponent_end = digits(exponent, 10, false);
      if (exponent_end > exponent) end = exponent_end;
    }
    if (end == whole_end) return false;
    std::string text = source_.substr(at_, end - at_);
    std::erase(text, '_');
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec == std::errc::result_out_of_range) {
      const bool tiny =
          text.find("e-") != std::string::npos || text.find("E-") != std::string::npos;
      value = tiny ? 0.0 : HUGE_VAL;
    }
    add(TokenKind::Real);
    tokens_.back().real = value;
    advance_to(end);
    return true;
  }

  void string() {
    const char quote = peek();
    std::size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2 : 1;
    if (end >= source_.size()) {
      fail(format("unexpected char {}", quoted(std::string(1, quote))));
    }
    std::string text = unescaped(std::string_view(source_).substr(at_ + 1, end - at_ - 1));
    add(TokenKind::String, std::move(text));
    advance_to(end + 1);
  }

  // As Python's string literals.
  std::string unescaped(std::string_view body) const {
    std::string out;
    for (std::size_t i = 0; i < body.size(); ++i) {
      if (body[i] != '\\' || i + 1 == body.size()) {
        out += body[i];
        continue;
      }
      const char code = body[++i];
      constexpr std::string_view kCodes = "\\'\"abfnrtv";
      constexpr std::string_view kMeanings = "\\'\"\a\b\f\n\r\t\v";
      const std::size_t known = kCodes.find(code);
      if (known != std::string_view::npos) {
        out += kMeanings[known];
      } else if (code == 'x' || code == 'u' || code == 'U') {
        i = numeric_escape(body, i, code == 'x' ? 2 : code == 'u' ? 4 : 8, out);
      } else if (code >= '0' && code <= '7') {
        char32_t value = 0;
        std::size_t end = i;
        while (end < body.size() && end < i + 3 && body[end] >= '0' && body[end] <= '7') {
          value = value * 8 + static_cast<char32_t>(body[end++] - '0');
        }
        append_utf8(out, value);
        i = end - 1;
      } else if (code == 'N') {
        fail("characters by name are not supported in strings; use \\u");
      } else if (code != '\n') {
        out += '\\';
        out += code;
      }
    }
    return out;
  }

  // The index of the last of `count` hexadecimal digits after `at`.
  std::size_t numeric_escape(std::string_view body, std::size_t at, std::size_t count,
                             std::string& out) const {
    const auto text = body.substr(at + 1, count);
    std::uint32_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (text.size() != count || parsed.ptr != text.data() + count) {
      fail(format("a string escape needs {} hexadecimal digits", count));
    }
    if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
      fail("a string escape that is no character");
    }
    append_utf8(out, static_cast<char32_t>(value));
    return at + count;
  }

  void op(std::string& open) {
    for (const std::string_view candidate : kLongOperators) {
      if (!starts(candidate)) continue;
      add(TokenKind::Operator, std::string(candidate));
      return advance_to(at_ + 2);
    }
    const char c = peek();
    if (c == '\0' || kOperators.find(c) == std::string_view::npos) {
      const std::size_t length = decode_at(source_, at_).length;
      fail(format("unexpected char {}", quoted(source_.substr(at_, length))));
    }
    if (c == '(' || c == '[' || c == '{') {
      open += c == '(' ? ')' : c == '[' ? ']' : '}';
    } else if (c == ')' || c == ']' || c == '}') {
      if (open.empty()) fail(format("unexpected '{}'", std::string(1, c)));
      if (open.back() != c) {
        fail(format("unexpected '{}', expected '{}'", std::string(1, c),
                    std::string(1, open.back())));
      }
      open.pop_back();
    }
    add(TokenKind::Operator, std::string(1, c));
    advance_to(at_ + 1);
  }

  std::string source_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) {
  if (!is_valid_utf8(source)) throw TemplateError(Fault::Syntax, 1, "the template is not UTF-8");
  const std::string text = normalized(source);
  return Lexer(text).run();
}

}  // namespace bantam::jinja
