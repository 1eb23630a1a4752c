#include <algorithm>
#include <array>

#include "base/format.h"
#include "text/jinja/error.h"
#include "text/jinja/parser_state.h"

namespace bantam::jinja {
namespace {

// Binary levels from the loosest: or, and, not, comparisons, + -, ~, * / // %, **.
enum Level : int { kOr, kAnd, kNot, kCompare, kSum, kConcat, kProduct, kPower };

struct OperatorRow {
  std::string_view symbol;
  ArithmeticOp op;
  int level;
};
constexpr OperatorRow kArithmetic[] = {
    {"+", ArithmeticOp::Add, kSum},
    {"-", ArithmeticOp::Subtract, kSum},
    {"*", ArithmeticOp::Multiply, kProduct},
    {"/", ArithmeticOp::Divide, kProduct},
    {"//", ArithmeticOp::FloorDivide, kProduct},
    {"%", ArithmeticOp::Modulo, kProduct},
    {"**", ArithmeticOp::Power, kPower},
};

struct CompareRow {
  std::string_view symbol;
  CompareOp op;
};
constexpr CompareRow kComparisons[] = {
    {"==", CompareOp::Equal},       {"!=", CompareOp::NotEqual}, {"<", CompareOp::Less},
    {"<=", CompareOp::LessOrEqual}, {">", CompareOp::Greater},   {">=", CompareOp::GreaterOrEqual},
};

const OperatorRow* arithmetic_operator(const Token& token, int level) {
  if (token.kind != TokenKind::Operator) return nullptr;
  const auto* found = std::find_if(std::begin(kArithmetic), std::end(kArithmetic), [&](auto& row) {
    return row.level == level && row.symbol == token.text;
  });
  return found == std::end(kArithmetic) ? nullptr : found;
}

}  // namespace

std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::Data:
      return "template data / text";
    case TokenKind::VariableBegin:
      return "begin of print statement";
    case TokenKind::VariableEnd:
      return "end of print statement";
    case TokenKind::BlockBegin:
      return "begin of statement block";
    case TokenKind::BlockEnd:
      return "end of statement block";
    case TokenKind::Name:
    case TokenKind::Operator:
      return token.text.substr(0, 80);
    case TokenKind::String:
      return "string";
    case TokenKind::Whole:
      return "integer";
    case TokenKind::Real:
      return "float";
    case TokenKind::End:
      return "end of template";
  }
  return "token";
}

ExpressionParser::ExpressionParser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {
  for (const char* name : {"loop", "caller", "kwargs", "varargs"}) intern(name);
}

const Token& ExpressionParser::take() {
  const Token& token = tokens_[at_];
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool ExpressionParser::skip_name(std::string_view name) {
  if (!is_name(name)) return false;
  take();
  return true;
}

bool ExpressionParser::skip_op(std::string_view op) {
  if (!is_op(op)) return false;
  take();
  return true;
}

void ExpressionParser::expect_op(std::string_view op) {
  if (!skip_op(op)) fail(format("expected token '{}', got '{}'", op, describe(current())));
}

const Token& ExpressionParser::expect(TokenKind kind) {
  if (is(kind)) return take();
  Token wanted;
  wanted.kind = kind;
  const std::string name = kind == TokenKind::Name ? "name" : describe(wanted);
  fail(format("expected token '{}', got '{}'", name, describe(current())));
}

void ExpressionParser::fail(const std::string& message) const {
  throw TemplateError(Fault::Syntax, current().line, message);
}

void ExpressionParser::fail_depth() const { fail("more nesting than a template may have"); }

NameId ExpressionParser::intern(const std::string& name) {
  const auto [entry, added] = ids_.try_emplace(name, static_cast<NameId>(ids_.size()));
  if (added) ast_.names.push_back(text_of(name));
  return entry->second;
}

TextPtr ExpressionParser::text_of(const std::string& bytes) const {
  Text text;
  text.append(bytes, Origin::Template);
  return std::make_shared<const Text>(std::move(text));
}

ExpressionPtr ExpressionParser::make(Expression::Node&& node, int line, int child_depth) const {
  if (child_depth >= kMostDepth) fail_depth();
  auto expression = std::make_unique<Expression>();
  expression->node = std::move(node);
  expression->line = line;
  expression->depth = child_depth + 1;
  return expression;
}

ExpressionPtr ExpressionParser::conditional() {
  const Level level(*this);
  const std::size_t known = unknown_.size();
  int line = current().line;
  ExpressionPtr then = logic(kOr);
  while (skip_name("if")) {
    ExpressionPtr condition = logic(kOr);
    ExpressionPtr otherwise = skip_name("else") ? conditional() : nullptr;
    const int depth = deepest(then, condition, otherwise);
    then =
        make(Conditional{std::move(condition), std::move(then), std::move(otherwise)}, line, depth);
    line = current().line;
    unknown_.resize(known);  // an unknown filter in a branch fails only when it is reached
  }
  return then;
}

// One operand and what binds at least as tightly as `level`: operands of `not` first, then `and`,
// then `or`. A loop rather than a call a level, for the sake of the stack.
ExpressionPtr ExpressionParser::logic(int level) {
  const int line = current().line;
  ExpressionPtr first;
  if (is_name("not")) {
    const Level guard(*this);
    take();
    ExpressionPtr operand = logic(kNot);
    const int depth = operand->depth;
    first = make(Not{std::move(operand)}, line, depth);
  } else {
    first = comparison();
  }
  for (int at = kAnd; at >= level; --at) {
    const std::string_view word = at == kAnd ? "and" : "or";
    if (!is_name(word)) continue;
    Logic node{{}, at == kAnd};
    int depth = first->depth;
    node.operands.push_back(std::move(first));
    while (skip_name(word)) {
      node.operands.push_back(logic(at + 1));
      depth = std::max(depth, node.operands.back()->depth);
    }
    first = make(std::move(node), line, depth);
  }
  return first;
}

ExpressionPtr ExpressionParser::comparison() {
  const int line = current().line;
  Comparison node;
  node.first = arithmetic(kSum);
  int depth = node.first->depth;
  while (true) {
    CompareOp op = CompareOp::In;
    const auto* row =
        std::find_if(std::begin(kComparisons), std::end(kComparisons),
                     [&](const CompareRow& candidate) { return is_op(candidate.symbol); });
    if (row != std::end(kComparisons)) {
      op = row->op;
      take();
    } else if (is_name("not") && ahead().kind == TokenKind::Name && ahead().text == "in") {
      op = CompareOp::NotIn;
      take();
      take();
    } else if (!skip_name("in")) {
      break;
    }
    node.rest.emplace_back(op, arithmetic(kSum));
    depth = std::max(depth, node.rest.back().second->depth);
  }
  if (node.rest.empty()) return std::move(node.first);
  return make(std::move(node), line, depth);
}

// As logic(): ** binds tightest, then * / // %, then ~, then + and -, each from the left.
ExpressionPtr ExpressionParser::arithmetic(int level) {
  const int line = current().line;
  ExpressionPtr first = unary(true);
  for (int at = kPower; at >= level; --at) {
    int depth = first->depth;
    if (at == kConcat) {
      if (!is_op("~")) continue;
      Concatenation node;
      node.parts.push_back(std::move(first));
      while (skip_op("~")) {
        node.parts.push_back(arithmetic(at + 1));
        depth = std::max(depth, node.parts.back()->depth);
      }
      first = make(std::move(node), line, depth);
      continue;
    }
    if (arithmetic_operator(current(), at) == nullptr) continue;
    Arithmetic node{std::move(first), {}};
    while (const OperatorRow* row = arithmetic_operator(current(), at)) {
      take();
      // What binds tighter than ** is a single operand.
      node.rest.emplace_back(row->op, at == kPower ? unary(true) : arithmetic(at + 1));
      depth = std::max(depth, node.rest.back().second->depth);
    }
    first = make(std::move(node), line, depth);
  }
  return first;
}

ExpressionPtr ExpressionParser::unary(bool with_filters) {
  const int line = current().line;
  ExpressionPtr node;
  if (is_op("-") || is_op("+")) {
    const Level level(*this);
    const bool negative = take().text == "-";
    ExpressionPtr operand = unary(false);
    const int depth = operand->depth;
    node = make(Sign{std::move(operand), negative}, line, depth);
  } else {
    node = primary();
  }
  node = postfix(std::move(node));
  return with_filters ? filters(std::move(node)) : std::move(node);
}

ExpressionPtr ExpressionParser::primary() {
  const Token& token = current();
  const int line = token.line;
  switch (token.kind) {
    case TokenKind::Name:
      return name_or_constant();
    case TokenKind::String: {
      std::string bytes;
      while (is(TokenKind::String)) bytes += take().text;
      return make(Constant{Value(text_of(bytes))}, line, 0);
    }
    case TokenKind::Whole:
      return make(Constant{Value::of(take().whole)}, line, 0);
    case TokenKind::Real:
      return make(Constant{Value::of(take().real)}, line, 0);
    default:
      break;
  }
  if (skip_op("(")) {
    ExpressionPtr inner = tuple(true, true);
    expect_op(")");
    return inner;
  }
  if (is_op("[")) return display(Kind::List);
  if (is_op("{")) return dict_display();
  fail(format("unexpected '{}'", describe(token)));
}

ExpressionPtr ExpressionParser::name_or_constant() {
  const Token& token = take();
  const std::string& name = token.text;
  const int line = token.line;
  if (name == "true" || name == "True") return make(Constant{Value::of(true)}, line, 0);
  if (name == "false" || name == "False") return make(Constant{Value::of(false)}, line, 0);
  if (name == "none" || name == "None") return make(Constant{Value()}, line, 0);
  special_.caller |= name == "caller";
  special_.kwargs |= name == "kwargs";
  special_.varargs |= name == "varargs";
  return make(Name{intern(name)}, line, 0);
}

ExpressionPtr ExpressionParser::tuple(bool conditions, bool parentheses,
                                      std::string_view end_name) {
  const int line = current().line;
  ListDisplay node{{}, Kind::Tuple};
  int depth = 0;
  bool is_tuple = false;
  while (!is(TokenKind::VariableEnd) && !is(TokenKind::BlockEnd) && !is_op(")") &&
         (end_name.empty() || !is_name(end_name))) {
    node.items.push_back(conditions ? expression() : without_condition());
    depth = std::max(depth, node.items.back()->depth);
    if (!skip_op(",")) break;
    is_tuple = true;
  }
  if (!is_tuple) {
    if (!node.items.empty()) return std::move(node.items.front());
    if (!parentheses) fail(format("Expected an expression, got '{}'", describe(current())));
  }
  return make(std::move(node), line, depth);
}

ExpressionPtr ExpressionParser::display(Kind kind) {
  const int line = take().line;
  ListDisplay node{{}, kind};
  int depth = 0;
  while (!is_op("]")) {
    if (!node.items.empty()) expect_op(",");
    if (is_op("]")) break;
    node.items.push_back(expression());
    depth = std::max(depth, node.items.back()->depth);
  }
  expect_op("]");
  return make(std::move(node), line, depth);
}

ExpressionPtr ExpressionParser::dict_display() {
  const int line = take().line;
  DictDisplay node;
  int depth = 0;
  while (!is_op("}")) {
    if (!node.entries.empty()) expect_op(",");
    if (is_op("}")) break;
    ExpressionPtr key = expression();
    expect_op(":");
    ExpressionPtr value = expression();
    depth = std::max(depth, deepest(key, value));
    node.entries.emplace_back(std::move(key), std::move(value));
  }
  expect_op("}");
  return make(std::move(node), line, depth);
}

}  // namespace bantam::jinja
