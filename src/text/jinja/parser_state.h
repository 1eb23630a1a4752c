// What the two halves of the parser share: the position in the tokens and the names seen.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/jinja/ast.h"
#include "text/jinja/lexer.h"

namespace bantam::jinja {

// Parses expressions; the grammar and its precedences are those of Jinja 3.1.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::vector<Token> tokens);

 protected:
  static constexpr int kMostNesting = 64;  // brackets, unary operators or blocks inside each other
  static constexpr int kMostDepth = 100;   // nodes on a way down one expression

  // One level of recursion.
  class Level {
   public:
    explicit Level(ExpressionParser& parser) : parser_(parser) {
      if (++parser_.nesting_ > kMostNesting) parser_.fail_depth();
    }
    ~Level() { --parser_.nesting_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    ExpressionParser& parser_;
  };

  const Token& current() const { return tokens_[at_]; }
  const Token& ahead() const { return tokens_[at_ + 1 < tokens_.size() ? at_ + 1 : at_]; }
  const Token& take();
  bool is(TokenKind kind) const { return current().kind == kind; }
  bool is_name(std::string_view name) const {
    return is(TokenKind::Name) && current().text == name;
  }
  bool is_op(std::string_view op) const { return is(TokenKind::Operator) && current().text == op; }
  bool skip_name(std::string_view name);
  bool skip_op(std::string_view op);
  void expect_op(std::string_view op);
  const Token& expect(TokenKind kind);
  [[noreturn]] void fail(const std::string& message) const;
  [[noreturn]] void fail_depth() const;
  NameId intern(const std::string& name);
  TextPtr text_of(const std::string& bytes) const;

  ExpressionPtr expression() { return conditional(); }
  ExpressionPtr without_condition() { return logic(0); }
  // Expressions with commas between are a tuple; `conditions` as in {% for x in … %}.
  ExpressionPtr tuple(bool conditions = true, bool parentheses = false,
                      std::string_view end_name = {});
  // The filters at the current "|", on a body; null if there is none.
  ExpressionPtr filter_chain(bool starts_with_name);

  TemplateAst ast_;
  // Unknown filters and tests, as messages. They are errors unless a branch that may never be taken
  // holds them: then the mark before it is restored.
  std::vector<std::pair<int, std::string>> unknown_;
  // Names that macros treat specially, read since the innermost macro began.
  struct SpecialNames {
    bool caller = false;
    bool kwargs = false;
    bool varargs = false;
  };
  SpecialNames special_;

 private:
  // Not inlined: a copy of its variables in every caller would fill the stack.
  [[gnu::noinline]] ExpressionPtr make(Expression::Node&& node, int line, int child_depth) const;
  ExpressionPtr conditional();
  ExpressionPtr logic(int level);
  ExpressionPtr comparison();
  ExpressionPtr arithmetic(int level);
  ExpressionPtr unary(bool with_filters);
  ExpressionPtr primary();
  ExpressionPtr name_or_constant();
  ExpressionPtr display(Kind kind);
  ExpressionPtr dict_display();
  ExpressionPtr postfix(ExpressionPtr node);
  ExpressionPtr filters(ExpressionPtr node);
  ExpressionPtr subscript(ExpressionPtr object);
  ExpressionPtr attribute(ExpressionPtr object);
  ExpressionPtr call(ExpressionPtr callee);
  ExpressionPtr filter(ExpressionPtr input);
  ExpressionPtr test(ExpressionPtr input);
  std::string dotted_name();
  CallArguments arguments(int& depth);

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int nesting_ = 0;
  std::unordered_map<std::string, NameId> ids_;
};

// The greatest depth among expressions of which some may be null.
template <typename... Children>
int deepest(const Children&... children) {
  return std::max({0, (children ? children->depth : 0)...});
}

// "end of print statement", "name", "'x'": a token as Jinja's messages call it.
std::string describe(const Token& token);

}  // namespace bantam::jinja
