#include "text/jinja/parser.h"

#include <initializer_list>

#include "base/format.h"
#include "text/jinja/error.h"
#include "text/jinja/parser_state.h"

namespace bantam::jinja {
namespace {

constexpr std::size_t kMostSource = 512 << 10;  // bytes

class Parser : private ExpressionParser {
 public:
  using ExpressionParser::ExpressionParser;

  TemplateAst run() {
    ast_.body = body({});
    if (!unknown_.empty())
      throw TemplateError(Fault::Syntax, unknown_[0].first, unknown_[0].second);
    return std::move(ast_);
  }

 private:
  using Ends = std::initializer_list<std::string_view>;

  // Statements up to a tag that starts with one of `ends`, which stays; up to the end if there are
  // none.
  Body body(Ends ends) {
    const Level level(*this);
    Body statements;
    while (!is(TokenKind::End)) {
      const int line = current().line;
      if (is(TokenKind::Data)) {
        add(statements, TemplateText{text_of(take().text)}, line);
      } else if (is(TokenKind::VariableBegin)) {
        take();
        add(statements, Print{tuple()}, line);
        expect(TokenKind::VariableEnd);
      } else {
        expect(TokenKind::BlockBegin);
        for (const std::string_view end : ends) {
          if (is_name(end)) return statements;
        }
        statement(statements);
        expect(TokenKind::BlockEnd);
      }
    }
    if (ends.size() > 0) {
      fail(format("Unexpected end of template. Jinja was looking for the following tags: '{}'",
                  *ends.begin()));
    }
    return statements;
  }

  // The body after the current tag; takes the end tag's name too.
  Body block(Ends ends) {
    skip_op(":");
    expect(TokenKind::BlockEnd);
    return body(ends);
  }
  Body block_until(std::string_view end) {
    Body result = block({end});
    take();
    return result;
  }

  static void add(Body& statements, Statement::Node node, int line) {
    statements.push_back(Statement{std::move(node), line});
  }

  void statement(Body& out) {
    struct Tag {
      std::string_view name;
      void (Parser::*parse)(Body&, int);
    };
    static constexpr Tag kTags[] = {
        {"if", &Parser::if_tag},
        {"for", &Parser::for_tag},
        {"set", &Parser::set_tag},
        {"macro", &Parser::macro_tag},
        {"call", &Parser::call_tag},
        {"filter", &Parser::filter_tag},
        {"with", &Parser::with_tag},
        {"generation", &Parser::generation_tag},
        {"block", &Parser::block_tag},
        {"autoescape", &Parser::autoescape_tag},
        {"print", &Parser::print_tag},
        {"break", &Parser::jump_tag},
        {"continue", &Parser::jump_tag},
        {"include", &Parser::unavailable_tag},
        {"import", &Parser::unavailable_tag},
        {"from", &Parser::unavailable_tag},
        {"extends", &Parser::unavailable_tag},
    };
    if (!is(TokenKind::Name)) fail("tag name expected");
    for (const Tag& tag : kTags) {
      if (!is_name(tag.name)) continue;
      const int line = current().line;
      return (this->*tag.parse)(out, line);
    }
    fail(format("Encountered unknown tag '{}'.", describe(current())));
  }

  void if_tag(Body& out, int line) {
    const std::size_t known = unknown_.size();
    If node;
    do {
      take();
      ExpressionPtr condition = tuple(false);
      Body then = block({"elif", "else", "endif"});
      node.branches.emplace_back(std::move(condition), std::move(then));
    } while (is_name("elif"));
    if (take().text == "else") node.otherwise = block_until("endif");
    unknown_.resize(known);  // in a branch that may never be taken
    add(out, std::move(node), line);
  }

  void for_tag(Body& out, int line) {
    take();
    For node;
    node.target = target(false, "in");
    if (!skip_name("in")) fail(format("expected token 'in', got '{}'", describe(current())));
    node.iterable = tuple(false, false, "recursive");
    const std::size_t known = unknown_.size();
    if (skip_name("if")) node.condition = expression();
    node.recursive = skip_name("recursive");
    ++loops_;
    node.body = block({"endfor", "else"});
    --loops_;
    if (take().text == "else") node.otherwise = block_until("endfor");
    require_known(known);
    add(out, std::move(node), line);
  }

  void set_tag(Body& out, int line) {
    take();
    Target to = target(true, {});
    if (skip_op("=")) return add(out, Set{std::move(to), tuple()}, line);
    const std::size_t known = unknown_.size();
    ExpressionPtr filter = filter_chain(false);
    Body content = block_until("endset");
    require_known(known);
    add(out, SetBlock{std::move(to), std::move(filter), std::move(content)}, line);
  }

  // Parameters in parentheses, with their defaults.
  void signature(MacroDefinition& macro) {
    expect_op("(");
    for (bool first = true; !is_op(")"); first = false) {
      if (!first) expect_op(",");
      const std::string name = expect(TokenKind::Name).text;
      macro.parameters.emplace_back(intern(name), text_of(name));
      macro.caller_is_parameter |= name == "caller";
      if (skip_op("=")) {
        macro.defaults.push_back(expression());
      } else if (!macro.defaults.empty()) {
        fail("non-default argument follows default argument");
      }
    }
    expect_op(")");
  }

  // The body of a macro or call block, and which special names it reads.
  void macro_body(MacroDefinition& macro, std::string_view end) {
    const SpecialNames outer = std::exchange(special_, SpecialNames{});
    const int outer_loops = std::exchange(loops_, 0);
    const std::size_t known = unknown_.size();
    macro.body = block_until(end);
    macro.uses_caller = special_.caller;
    macro.uses_kwargs = special_.kwargs;
    macro.uses_varargs = special_.varargs;
    // Jinja looks into macros inside of a macro too.
    special_.caller |= outer.caller;
    special_.kwargs |= outer.kwargs;
    special_.varargs |= outer.varargs;
    loops_ = outer_loops;
    require_known(known);
  }

  void macro_tag(Body& out, int line) {
    take();
    auto macro = std::make_unique<MacroDefinition>();
    macro->name = expect(TokenKind::Name).text;
    macro->id = intern(macro->name);
    signature(*macro);
    macro_body(*macro, "endmacro");
    add(out, MacroStatement{std::move(macro)}, line);
  }

  void call_tag(Body& out, int line) {
    take();
    auto caller = std::make_unique<MacroDefinition>();
    caller->name = "caller";
    if (is_op("(")) signature(*caller);
    ExpressionPtr call = expression();
    if (!std::holds_alternative<Call>(call->node)) fail("expected call");
    macro_body(*caller, "endcall");
    add(out, CallBlock{std::move(call), std::move(caller)}, line);
  }

  void filter_tag(Body& out, int line) {
    take();
    const std::size_t known = unknown_.size();
    ExpressionPtr filter = filter_chain(true);
    Body content = block_until("endfilter");
    require_known(known);
    add(out, FilterBlock{std::move(filter), std::move(content)}, line);
  }

  void with_tag(Body& out, int line) {
    take();
    const std::size_t known = unknown_.size();
    With node;
    while (!is(TokenKind::BlockEnd)) {
      if (!node.values.empty()) expect_op(",");
      Target to = target_item(false);
      expect_op("=");
      node.values.emplace_back(std::move(to), expression());
    }
    node.body = block_until("endwith");
    require_known(known);
    add(out, std::move(node), line);
  }

  void generation_tag(Body& out, int line) {
    take();
    const std::size_t known = unknown_.size();
    Body content = block_until("endgeneration");
    require_known(known);
    add(out, Scoped{std::move(content), false}, line);
  }

  void block_tag(Body& out, int line) {
    take();
    const std::size_t known = unknown_.size();
    const std::string name = expect(TokenKind::Name).text;
    skip_name("scoped");
    skip_name("required");
    Body content = block_until("endblock");
    skip_name(name);
    require_known(known);
    add(out, Scoped{std::move(content), true}, line);
  }

  void autoescape_tag(Body& out, int line) {
    take();
    ExpressionPtr enabled = expression();
    add(out, Autoescape{std::move(enabled), block_until("endautoescape")}, line);
  }

  void print_tag(Body& out, int line) {
    take();
    for (bool first = true; !is(TokenKind::BlockEnd); first = false) {
      if (!first) expect_op(",");
      add(out, Print{expression()}, line);
    }
  }

  void jump_tag(Body& out, int line) {
    const bool leaves = take().text == "break";
    if (loops_ == 0) fail("break and continue belong into a loop");
    add(out, Jump{leaves}, line);
  }

  void unavailable_tag(Body& out, int line) {
    add(out, Unavailable{take().text}, line);
    while (!is(TokenKind::BlockEnd) && !is(TokenKind::End)) take();
  }

  Target target(bool with_namespace, std::string_view end_name) {
    Target first = target_item(with_namespace);
    if (!is_op(",")) return first;
    Target several;
    several.unpacks = true;
    several.parts.push_back(std::move(first));
    while (skip_op(",")) {
      if (is_op("=") || is_op(")") || is(TokenKind::BlockEnd) ||
          (!end_name.empty() && is_name(end_name))) {
        break;
      }
      several.parts.push_back(target_item(with_namespace));
    }
    return several;
  }

  Target target_item(bool with_namespace) {
    const Level level(*this);
    if (skip_op("(")) {
      Target inner = target(with_namespace, {});
      expect_op(")");
      return inner;
    }
    if (!is(TokenKind::Name)) {
      fail(is(TokenKind::BlockEnd) ? format("Expected an expression, got '{}'", describe(current()))
                                   : format("can't assign to '{}'", describe(current())));
    }
    const std::string name = take().text;
    for (const std::string_view constant : {"true", "false", "none", "True", "False", "None"}) {
      if (name == constant) fail("can't assign to a constant");
    }
    Target result;
    result.name = intern(name);
    if (with_namespace && skip_op(".")) result.attribute = text_of(expect(TokenKind::Name).text);
    return result;
  }

  // An unknown filter inside of this block is an error even if a branch holds the block.
  void require_known(std::size_t known) const {
    if (unknown_.size() > known) {
      throw TemplateError(Fault::Syntax, unknown_[known].first, unknown_[known].second);
    }
  }

  int loops_ = 0;  // around the current place, up to the macro
};

}  // namespace

TemplateAst parse_template(std::string_view source) {
  if (source.size() > kMostSource) {
    throw TemplateError(
        Fault::Limit, 1,
        format("the template has {} bytes; at most {} are read", source.size(), kMostSource));
  }
  return Parser(tokenize(source)).run();
}

}  // namespace bantam::jinja
