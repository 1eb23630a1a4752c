#include "text/gotemplate/lexer.h"

#include <algorithm>

#include "base/format.h"
#include "text/gotemplate/literals.h"
#include "text/jinja/error.h"
#include "text/jinja/values/unicode.h"

namespace bantam::gotemplate {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kKeywords[] = {"block", "break", "continue", "define",   "else",
                                          "end",   "if",    "range",    "template", "with"};

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) {
      read_text();
      if (at_ < source_.size()) read_action();
    }
    add(TokenKind::End);
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw jinja::TemplateError(jinja::Fault::Syntax, line_, message);
  }

  std::string_view rest() const { return source_.substr(at_); }
  bool is_at(std::string_view what) const { return rest().starts_with(what); }
  char peek() const { return at_ < source_.size() ? source_[at_] : '\0'; }

  void add(TokenKind kind, std::string text = {}) {
    tokens_.push_back({kind, line_, std::move(text)});
  }

  void advance(std::size_t bytes) {
    const std::string_view passed = rest().substr(0, bytes);
    line_ += static_cast<int>(std::count(passed.begin(), passed.end(), '\n'));
    at_ += passed.size();
  }

  void skip_blanks() {
    std::size_t count = 0;
    while (at_ + count < source_.size() && is_blank(source_[at_ + count])) ++count;
    advance(count);
  }

  // Up to the next action or the end. A trim marker there takes the blanks away.
  void read_text() {
    const std::size_t end = std::min(source_.find("{{", at_), source_.size());
    std::string_view text = source_.substr(at_, end - at_);
    if (has_open_marker(end)) {
      const std::size_t last = text.find_last_not_of(kBlanks);
      text = text.substr(0, last == std::string_view::npos ? 0 : last + 1);
    }
    if (!text.empty()) add(TokenKind::Text, std::string(text));
    advance(end - at_);
  }

  bool has_open_marker(std::size_t at) const {
    return source_.substr(at).starts_with("{{-") && at + 3 < source_.size() &&
           is_blank(source_[at + 3]);
  }

  // The bytes of "}}" or " -}}" here; 0 if there is neither.
  std::size_t close_length() const {
    if (is_at("}}")) return 2;
    return is_blank(peek()) && source_.substr(at_ + 1).starts_with("-}}") ? 4 : 0;
  }

  void close(std::size_t length) {
    advance(length);
    if (length == 4) skip_blanks();
  }

  void read_action() {
    advance(has_open_marker(at_) ? 4 : 2);
    if (is_at("/*")) return skip_comment();
    action_line_ = line_;
    add(TokenKind::OpenAction);
    int parens = 0;
    while (true) {
      if (const std::size_t length = close_length()) {
        if (parens > 0) fail("a parenthesis is not closed before }}");
        add(TokenKind::CloseAction);
        close(length);
        return;
      }
      if (at_ == source_.size()) {
        line_ = action_line_;
        fail("an action is not closed with }}");
      }
      read_word(parens);
    }
  }

  void skip_comment() {
    const std::size_t end = source_.find("*/", at_ + 2);
    if (end == std::string_view::npos) fail("a comment is not closed with */");
    advance(end + 2 - at_);
    const std::size_t length = close_length();
    if (length == 0) fail("a comment must end right before }}");
    close(length);
  }

  void read_word(int& parens) {
    const char c = peek();
    if (is_blank(c)) return read_blanks();
    if (c == '.' && !(at_ + 1 < source_.size() && is_digit(source_[at_ + 1]))) return read_field();
    if (c == '$') return read_variable();
    if (c == '"' || c == '`' || c == '\'') return read_quoted(c);
    if (c == '+' || c == '-' || c == '.' || is_digit(c)) return read_number();
    if (name_length(at_) > 0) return read_identifier();
    if (is_at(":=")) return read_mark(TokenKind::Declare, 2);
    if (c == '=') return read_mark(TokenKind::Assign, 1);
    if (c == ',') return read_mark(TokenKind::Comma, 1);
    if (c == '|') return read_mark(TokenKind::Pipe, 1);
    if (c == '(' || c == ')') {
      parens += c == '(' ? 1 : -1;
      if (parens < 0) fail("a ) without its (");
      return read_mark(c == '(' ? TokenKind::OpenParen : TokenKind::CloseParen, 1);
    }
    fail(format("found {} in an action", quoted(rest().substr(0, 1))));
  }

  void read_mark(TokenKind kind, std::size_t length) {
    add(kind);
    advance(length);
  }

  void read_blanks() {
    while (is_blank(peek()) && close_length() == 0) advance(1);
    add(TokenKind::Space);
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  // Bytes of letters, digits and underscores of any script.
  std::size_t name_length(std::size_t begin) const {
    std::size_t end = begin;
    while (end < source_.size()) {
      const auto c = jinja::decode_at(source_, end);
      if (c.value != '_' && !jinja::is_alpha(c.value) && !jinja::is_decimal(c.value)) break;
      end += c.length;
    }
    return end - begin;
  }

  std::string read_name() {
    const std::size_t length = name_length(at_);
    std::string name(rest().substr(0, length));
    advance(length);
    const char next = peek();
    const bool ends = at_ == source_.size() || is_blank(next) || is_at("}}") ||
                      std::string_view(".,|:()").find(next) != std::string_view::npos;
    if (!ends) fail(format("found {} after a name", quoted(rest().substr(0, 1))));
    return name;
  }

  void read_field() {
    advance(1);
    std::string name = read_name();
    if (name.empty()) return add(TokenKind::Dot);
    add(TokenKind::Field, std::move(name));
  }

  void read_variable() {
    advance(1);
    add(TokenKind::Variable, "$" + read_name());
  }

  void read_identifier() {
    std::string name = read_name();
    if (name == "true" || name == "false") return add(TokenKind::Bool, std::move(name));
    if (name == "nil") return add(TokenKind::Nil);
    const bool is_keyword =
        std::find(std::begin(kKeywords), std::end(kKeywords), name) != std::end(kKeywords);
    add(is_keyword ? TokenKind::Keyword : TokenKind::Identifier, std::move(name));
  }

  void read_quoted(char quote) {
    const std::size_t length = quoted_length(rest());
    if (length == 0) fail("a text in an action has no end");
    const std::string_view literal = rest().substr(0, length);
    const auto content = unquoted(literal);
    if (!content) fail(format("{} is not a valid constant", quoted(literal)));
    add(quote == '\'' ? TokenKind::Integer : TokenKind::String, *content);
    if (quote == '\'') tokens_.back().integer = jinja::decode_at(*content, 0).value;
    advance(length);
  }

  void read_number() {
    const std::size_t length = number_length(rest());
    const std::string_view literal = rest().substr(0, length);
    if (name_length(at_ + length) > 0) fail(format("bad number after {}", quoted(literal)));
    add(TokenKind::Integer, std::string(literal));
    Token& token = tokens_.back();
    if (const auto integer = integer_constant(literal)) {
      token.integer = *integer;
    } else if (const auto real = real_constant(literal)) {
      token.kind = TokenKind::Float;
      token.real = *real;
    } else {
      fail(format("{} is not a number that fits", quoted(literal)));
    }
    advance(length);
  }

  std::string_view source_;
  std::size_t at_ = 0;
  int line_ = 1;
  int action_line_ = 1;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> split_into_tokens(std::string_view source) { return Lexer(source).run(); }

}  // namespace bantam::gotemplate
