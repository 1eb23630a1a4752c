#include "text/gotemplate/parser.h"

#include <algorithm>

#include "base/format.h"
#include "base/utf8.h"
#include "text/gotemplate/functions.h"
#include "text/gotemplate/lexer.h"
#include "text/jinja/error.h"

namespace bantam::gotemplate {
namespace {

using jinja::Fault;
using jinja::TemplateError;

constexpr std::size_t kMostSource = 512 << 10;  // bytes
constexpr int kMostNesting = 64;

// Names are known here in ASCII only, as are those of Ollama's data.
bool equals_lowercased(std::string_view name, std::string_view wanted) {
  return std::equal(name.begin(), name.end(), wanted.begin(), wanted.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b;
  });
}

// Whether a definition holds nothing but blanks, so that another may take its place.
bool is_empty(const Body& body) {
  return std::all_of(body.begin(), body.end(), [](const Statement& statement) {
    const auto* literal = std::get_if<Literal>(&statement.node);
    return literal != nullptr &&
           literal->text->bytes.find_first_not_of(" \t\r\n\v\f") == std::string::npos;
  });
}

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  TemplateAst run() {
    while (!is(TokenKind::End)) {
      if (const auto terminator = parse_piece(ast_.main.body, /*may_define=*/true)) {
        fail("{{end}} or {{else}} without what it ends");
      }
    }
    ast_.main.frame_size = frame_size_;
    ast_.statement_count = statements_;
    return std::move(ast_);
  }

 private:
  enum class Terminator { End, Else, ElseIf, ElseWith };

  // One level of recursion.
  class Level {
   public:
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser_.nesting_ > kMostNesting) {
        throw TemplateError(Fault::Limit, parser_.current().line,
                            format("more than {} levels of nesting", kMostNesting));
      }
    }
    ~Level() { --parser_.nesting_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser& parser_;
  };

  // --- tokens ---

  const Token& current() const { return tokens_[at_]; }
  bool is(TokenKind kind) const { return current().kind == kind; }
  bool is_keyword(std::string_view word) const {
    return is(TokenKind::Keyword) && current().text == word;
  }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  void skip_space() {
    while (is(TokenKind::Space)) take();
  }
  bool skip(TokenKind kind) {
    skip_space();
    if (!is(kind)) return false;
    take();
    return true;
  }
  void expect(TokenKind kind, const char* what) {
    if (!skip(kind)) fail(format("expected {}", what));
  }
  [[noreturn]] void fail(const std::string& message) const {
    throw TemplateError(Fault::Syntax, current().line, message);
  }

  // --- variables: a stack of names whose places are their slots ---

  std::size_t slot_of(const std::string& name) const {
    for (std::size_t i = variables_.size(); i-- > 0;) {
      if (variables_[i] == name) return i;
    }
    fail(format("undefined variable {}", quoted(std::string_view(name))));
  }
  std::size_t declare(const std::string& name) {
    variables_.push_back(name);
    frame_size_ = std::max(frame_size_, variables_.size());
    return variables_.size() - 1;
  }

  // --- statements ---

  Statement make_statement(int line) { return {line, statements_++, Break{}}; }

  // Text, or an action; what ends a body is not put into it but given back.
  std::optional<Terminator> parse_piece(Body& body, bool may_define = false) {
    const Token& token = take();
    if (token.kind == TokenKind::Text) {
      Statement statement = make_statement(token.line);
      Text text;
      text.append(token.text, Origin::Template);
      statement.node = Literal{std::make_shared<const Text>(std::move(text))};
      body.push_back(std::move(statement));
      return std::nullopt;
    }
    if (token.kind != TokenKind::OpenAction) fail("the template ends before {{end}}");
    skip_space();
    if (may_define && is_keyword("define")) {
      take();
      parse_definition("{{define}}");
      return std::nullopt;
    }
    return parse_action(body);
  }

  std::optional<Terminator> parse_action(Body& body) {
    if (is_keyword("end") || is_keyword("else")) return parse_terminator();
    Statement statement = make_statement(current().line);
    if (is(TokenKind::Keyword)) {
      parse_keyword(statement);
    } else {
      Action action{pipeline(TokenKind::CloseAction)};
      if (names_response_ && !in_definition_ && !ast_.response_action) {
        ast_.response_action = statement.order;
      }
      statement.node = std::move(action);
    }
    names_response_ = false;
    body.push_back(std::move(statement));
    return std::nullopt;
  }

  Terminator parse_terminator() {
    const bool is_end = take().text == "end";
    skip_space();
    if (!is_end && is_keyword("if")) return Terminator::ElseIf;
    if (!is_end && is_keyword("with")) return Terminator::ElseWith;
    expect(TokenKind::CloseAction, "}} after end or else");
    return is_end ? Terminator::End : Terminator::Else;
  }

  void parse_keyword(Statement& statement) {
    const std::string word = take().text;
    if (word == "if" || word == "with") {
      statement.node = choice(word == "with");
    } else if (word == "range") {
      statement.node = range();
    } else if (word == "template") {
      statement.node = template_call();
    } else if (word == "block") {
      statement.node = block();
    } else if (word == "break" || word == "continue") {
      expect(TokenKind::CloseAction, "}} after break or continue");
      if (ranges_ == 0) fail("{{" + word + "}} outside of {{range}}");
      if (word == "continue") statement.node = Continue{};
    } else {
      fail("{{" + word + "}} inside of another action");
    }
  }

  Terminator parse_body(Body& body) {
    const Level level(*this);
    while (true) {
      if (const auto terminator = parse_piece(body)) return *terminator;
    }
  }

  void parse_otherwise(Body& body) {
    if (parse_body(body) != Terminator::End) fail("expected {{end}} after {{else}}");
  }

  Choice choice(bool moves_dot) {
    const std::size_t known = variables_.size();
    Choice result{moves_dot, {}, {}};
    while (true) {
      Pipeline condition = pipeline(TokenKind::CloseAction);
      names_response_ = false;
      result.branches.push_back({std::move(condition), {}});
      const Terminator terminator = parse_body(result.branches.back().body);
      if (terminator == (moves_dot ? Terminator::ElseWith : Terminator::ElseIf)) {
        take();
        continue;
      }
      if (terminator == Terminator::Else) {
        parse_otherwise(result.otherwise);
      } else if (terminator != Terminator::End) {
        fail("an {{else if}} belongs to an {{if}}, an {{else with}} to a {{with}}");
      }
      break;
    }
    variables_.resize(known);
    return result;
  }

  Range range() {
    const std::size_t known = variables_.size();
    Range result;
    result.items = pipeline(TokenKind::CloseAction, 2);
    names_response_ = false;
    ++ranges_;
    const Terminator terminator = parse_body(result.body);
    --ranges_;
    if (terminator == Terminator::Else) {
      parse_otherwise(result.otherwise);
    } else if (terminator != Terminator::End) {
      fail("a {{range}} has no {{else if}} or {{else with}}");
    }
    variables_.resize(known);
    return result;
  }

  std::string template_name(const char* what) {
    skip_space();
    if (!is(TokenKind::String)) fail(format("{}: expected a name in quotes", what));
    return take().text;
  }

  TemplateCall template_call() {
    TemplateCall call{template_name("{{template}}"), {}};
    if (!skip(TokenKind::CloseAction)) call.data = pipeline(TokenKind::CloseAction);
    return call;
  }

  TemplateCall block() {
    TemplateCall call{template_name("{{block}}"), {}};
    call.data = pipeline(TokenKind::CloseAction);
    define(call.name, "{{block}}");
    return call;
  }

  void parse_definition(const char* what) {
    const std::string name = template_name(what);
    expect(TokenKind::CloseAction, "}} after the name of a definition");
    define(name, what);
  }

  // The body of a definition sees none of the variables around it.
  void define(const std::string& name, const char* what) {
    const auto outer = std::exchange(variables_, {"$"});
    const auto outer_size = std::exchange(frame_size_, 1);
    const auto outer_ranges = std::exchange(ranges_, 0);
    const bool was_inside = std::exchange(in_definition_, true);
    Definition definition;
    if (parse_body(definition.body) != Terminator::End) fail(format("{} has no else", what));
    definition.frame_size = frame_size_;
    variables_ = outer;
    frame_size_ = outer_size;
    ranges_ = outer_ranges;
    in_definition_ = was_inside;
    const auto [place, is_new] = ast_.definitions.try_emplace(name);
    if (!is_new && !is_empty(place->second.body)) {
      if (is_empty(definition.body)) return;
      fail(format("template {} is defined twice", quoted(std::string_view(name))));
    }
    place->second = std::move(definition);
  }

  // --- pipelines ---

  Pipeline pipeline(TokenKind end, std::size_t most_variables = 1) {
    const Level level(*this);
    skip_space();
    Pipeline result;
    result.line = current().line;
    const std::vector<std::string> declared = declarations(result, most_variables);
    while (!skip(end)) result.commands.push_back(command());
    if (result.commands.empty()) fail("an action without a value");
    for (std::size_t i = 1; i < result.commands.size(); ++i) check_stage(result.commands[i]);
    for (const std::string& name : declared) result.targets.push_back(declare(name));
    return result;
  }

  // "$x :=" or "$i, $x =" at the start. Assigned variables become targets; the names of new ones
  // are given back, for the value itself does not see them.
  std::vector<std::string> declarations(Pipeline& result, std::size_t most_variables) {
    const std::size_t start = at_;
    std::vector<std::string> names;
    while (is(TokenKind::Variable)) {
      names.push_back(take().text);
      skip_space();
      const bool has_more = is(TokenKind::Comma);
      if (has_more && names.size() >= most_variables) fail("too many variables before :=");
      if (!has_more) break;
      take();
      skip_space();
    }
    if (!names.empty() && (is(TokenKind::Declare) || is(TokenKind::Assign))) {
      if (take().kind == TokenKind::Declare) return names;
      for (const std::string& name : names) result.targets.push_back(slot_of(name));
      return {};
    }
    if (names.size() > 1) fail("range can only declare variables with := or set them with =");
    at_ = start;
    return {};
  }

  void check_stage(const Command& command) const {
    const Operand& first = command.front();
    if (std::holds_alternative<Constant>(first.term) || std::holds_alternative<Dot>(first.term) ||
        std::holds_alternative<NilWord>(first.term)) {
      fail("what stands after | must be a function or a field");
    }
  }

  Command command() {
    Command result;
    while (true) {
      skip_space();
      if (is(TokenKind::Pipe) || is(TokenKind::CloseAction) || is(TokenKind::CloseParen)) break;
      result.push_back(operand());
      const bool may_follow = is(TokenKind::Space) || is(TokenKind::Pipe) ||
                              is(TokenKind::CloseAction) || is(TokenKind::CloseParen);
      if (!may_follow) fail("expected a blank between two words");
    }
    if (result.empty()) fail("an empty command");
    if (is(TokenKind::Pipe)) take();
    return result;
  }

  Operand operand() {
    Operand result{current().line, Dot{}, {}};
    const bool takes_fields = read_term(result);
    if (is(TokenKind::Field) && !takes_fields) fail("a constant or dot has no fields");
    const bool is_named = std::holds_alternative<FieldsOfDot>(result.term) ||
                          std::holds_alternative<Variable>(result.term);
    while (is(TokenKind::Field)) result.fields.push_back(take().text);
    if (is_named) note_names(result);
    return result;
  }

  // Whether fields may follow.
  bool read_term(Operand& result) {
    const Token& token = take();
    switch (token.kind) {
      case TokenKind::Identifier: {
        const Function* function = find_function(token.text);
        if (function == nullptr) {
          fail(format("function {} not defined", quoted(std::string_view(token.text))));
        }
        result.term = FunctionName{function};
        return true;
      }
      case TokenKind::Variable:
        result.term = Variable{slot_of(token.text)};
        return true;
      case TokenKind::Field:
        result.term = FieldsOfDot{};
        result.fields.push_back(token.text);
        return true;
      case TokenKind::OpenParen:
        result.term = Parenthesized{std::make_unique<Pipeline>(pipeline(TokenKind::CloseParen))};
        return true;
      case TokenKind::Dot:
        return false;
      case TokenKind::Nil:
        result.term = NilWord{};
        return false;
      case TokenKind::Bool:
        result.term = Constant{token.text == "true"};
        return false;
      case TokenKind::Integer:
        result.term = Constant{token.integer};
        return false;
      case TokenKind::Float:
        result.term = Constant{token.real};
        return false;
      case TokenKind::String:
        result.term = Constant{text_value(token.text)};
        return false;
      default:
        fail("expected a value");
    }
  }

  void note_names(const Operand& operand) {
    for (const std::string& name : operand.fields) {
      ast_.names_messages = ast_.names_messages || equals_lowercased(name, "messages");
      ast_.names_response = ast_.names_response || equals_lowercased(name, "response");
      names_response_ = names_response_ ||
                        (name == "Response" && std::holds_alternative<FieldsOfDot>(operand.term));
    }
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  TemplateAst ast_;
  std::vector<std::string> variables_{"$"};
  std::size_t frame_size_ = 1;
  std::size_t statements_ = 0;
  int nesting_ = 0;
  int ranges_ = 0;
  bool in_definition_ = false;
  bool names_response_ = false;  // the action being read names .Response
};

}  // namespace

TemplateAst parse_template(std::string_view source) {
  if (source.size() > kMostSource) {
    throw TemplateError(Fault::Limit, 1,
                        format("{} bytes of template; at most {}", source.size(), kMostSource));
  }
  const std::string repaired = is_valid_utf8(source) ? "" : repair_utf8(source);
  return Parser(split_into_tokens(repaired.empty() ? source : repaired)).run();
}

}  // namespace bantam::gotemplate
