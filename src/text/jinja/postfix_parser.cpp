// What follows an operand: attributes, items, calls, filters and tests.
#include <algorithm>

#include "base/format.h"
#include "text/jinja/parser_state.h"

namespace bantam::jinja {

ExpressionPtr ExpressionParser::postfix(ExpressionPtr node) {
  while (true) {
    if (is_op(".")) {
      node = attribute(std::move(node));
    } else if (is_op("[")) {
      node = subscript(std::move(node));
    } else if (is_op("(")) {
      node = call(std::move(node));
    } else {
      return node;
    }
  }
}

ExpressionPtr ExpressionParser::filters(ExpressionPtr node) {
  while (true) {
    if (is_op("|")) {
      take();
      node = filter(std::move(node));
    } else if (is_name("is")) {
      node = test(std::move(node));
    } else if (is_op("(")) {
      node = call(std::move(node));
    } else {
      return node;
    }
  }
}

ExpressionPtr ExpressionParser::attribute(ExpressionPtr object) {
  const int line = take().line;
  const int depth = object->depth;
  if (is(TokenKind::Name)) return make(AttributeOf{std::move(object), take().text}, line, depth);
  if (!is(TokenKind::Whole)) fail("expected name or number");
  ExpressionPtr key = make(Constant{Value::of(take().whole)}, line, 0);
  return make(ItemOf{std::move(object), std::move(key)}, line, depth);
}

ExpressionPtr ExpressionParser::subscript(ExpressionPtr object) {
  const int line = take().line;
  const int object_depth = object->depth;
  ExpressionPtr start;
  if (is_op("]")) {  // a[]: the key is an empty tuple, oddly enough
    start = make(ListDisplay{{}, Kind::Tuple}, line, 0);
  } else if (!is_op(":")) {
    start = expression();
  }
  if (!is_op(":")) {
    if (is_op(",")) {  // a[1, 2]: the key is a tuple
      ListDisplay keys{{}, Kind::Tuple};
      int depth = start->depth;
      keys.items.push_back(std::move(start));
      while (skip_op(",")) {
        keys.items.push_back(expression());
        depth = std::max(depth, keys.items.back()->depth);
      }
      start = make(std::move(keys), line, depth);
    }
    expect_op("]");
    const int depth = std::max(object_depth, start->depth);
    return make(ItemOf{std::move(object), std::move(start)}, line, depth);
  }
  take();
  ExpressionPtr stop = is_op(":") || is_op("]") ? nullptr : expression();
  ExpressionPtr step = skip_op(":") && !is_op("]") ? expression() : nullptr;
  expect_op("]");
  const int depth = std::max(object_depth, deepest(start, stop, step));
  return make(SliceOf{std::move(object), std::move(start), std::move(stop), std::move(step)}, line,
              depth);
}

CallArguments ExpressionParser::arguments(int& depth) {
  CallArguments result;
  const auto argument = [&] {
    ExpressionPtr value = expression();
    depth = std::max(depth, value->depth);
    return value;
  };
  const auto ensure = [&](bool valid) {
    if (!valid) fail("invalid syntax for function call expression");
  };
  expect_op("(");
  for (bool first = true; !is_op(")"); first = false) {
    if (!first) {
      expect_op(",");
      if (is_op(")")) break;
    }
    if (skip_op("*")) {
      ensure(!result.more_positional && !result.more_named);
      result.more_positional = argument();
    } else if (skip_op("**")) {
      ensure(!result.more_named);
      result.more_named = argument();
    } else if (is(TokenKind::Name) && ahead().kind == TokenKind::Operator && ahead().text == "=") {
      ensure(!result.more_named);
      TextPtr name = text_of(take().text);
      take();
      result.named.emplace_back(std::move(name), argument());
    } else {
      ensure(!result.more_positional && !result.more_named && result.named.empty());
      result.positional.push_back(argument());
    }
  }
  expect_op(")");
  return result;
}

ExpressionPtr ExpressionParser::call(ExpressionPtr callee) {
  const int line = current().line;
  int depth = callee->depth;
  CallArguments passed = arguments(depth);
  return make(Call{std::move(callee), std::move(passed)}, line, depth);
}

std::string ExpressionParser::dotted_name() {
  std::string name = expect(TokenKind::Name).text;
  while (skip_op(".")) name += "." + expect(TokenKind::Name).text;
  return name;
}

ExpressionPtr ExpressionParser::filter(ExpressionPtr input) {
  const int line = current().line;
  Apply node{nullptr, nullptr, dotted_name(), false, {}};
  node.builtin = find_filter(node.name);
  if (node.builtin == nullptr) {
    unknown_.emplace_back(line, format("No filter named {}.", quoted(node.name)));
  }
  int depth = input ? input->depth : 0;
  if (is_op("(")) node.arguments = arguments(depth);
  node.input = std::move(input);
  return make(std::move(node), line, depth);
}

ExpressionPtr ExpressionParser::filter_chain(bool starts_with_name) {
  ExpressionPtr chain;
  if (starts_with_name) chain = filter(nullptr);
  while (skip_op("|")) chain = filter(std::move(chain));
  return chain;
}

ExpressionPtr ExpressionParser::test(ExpressionPtr input) {
  const int line = take().line;
  const bool negated = skip_name("not");
  Apply node{nullptr, nullptr, dotted_name(), true, {}};
  node.builtin = find_test(node.name);
  if (node.builtin == nullptr) {
    unknown_.emplace_back(line, format("No test named {}.", quoted(node.name)));
  }
  int depth = input->depth;
  const Token& next = current();
  const bool bare_argument = next.kind == TokenKind::String || next.kind == TokenKind::Whole ||
                             next.kind == TokenKind::Real || is_op("[") || is_op("{") ||
                             (next.kind == TokenKind::Name && next.text != "else" &&
                              next.text != "or" && next.text != "and");
  if (is_op("(")) {
    node.arguments = arguments(depth);
  } else if (bare_argument) {
    if (is_name("is")) fail("You cannot chain multiple tests with is");
    const Level level(*this);
    ExpressionPtr argument = postfix(primary());
    depth = std::max(depth, argument->depth);
    node.arguments.positional.push_back(std::move(argument));
  }
  node.input = std::move(input);
  ExpressionPtr result = make(std::move(node), line, depth);
  if (!negated) return result;
  const int result_depth = result->depth;
  return make(Not{std::move(result)}, line, result_depth);
}

}  // namespace bantam::jinja
