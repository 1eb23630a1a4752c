// Runs a parsed template.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/ast.h"
#include "text/jinja/runtime.h"
#include "text/jinja/scope.h"

namespace bantam::jinja {

// For one rendering; `ast` and `runtime` outlive it.
class Interpreter {
 public:
  Interpreter(const TemplateAst& ast, Runtime& runtime);

  // A variable of the template; names it does not use are ignored.
  void define(std::string_view name, Value value);

  // Throws TemplateError.
  Text run();

 private:
  friend struct MacroObject;
  enum class Flow { Normal, Break, Continue };

  Flow run_body(const Body& body);
  Flow run_statement(const Statement& statement);
  Flow execute(const TemplateText& node);
  Flow execute(const Print& node);
  Flow execute(const If& node);
  Flow execute(const For& node);
  Flow execute(const Set& node);
  Flow execute(const SetBlock& node);
  Flow execute(const MacroStatement& node);
  Flow execute(const CallBlock& node);
  Flow execute(const FilterBlock& node);
  Flow execute(const With& node);
  Flow execute(const Scoped& node);
  Flow execute(const Autoescape& node);
  Flow execute(const Jump& node);
  Flow execute(const Unavailable& node);

  Flow run_scoped(const Body& body);
  Flow run_loop(const For& node, const Value& items, Scope* around, std::size_t depth);
  Value recurse(const For& node, const Value& items, Scope* around, std::size_t depth);
  Value filtered_items(const For& node, const Value& items);
  Value make_macro(const MacroDefinition& definition);
  Value call_macro(const MacroDefinition& definition, Scope* closure, Arguments& arguments);
  void bind_parameters(const MacroDefinition& definition, Arguments& arguments);
  void bind_extras(const MacroDefinition& definition, Arguments& arguments);
  // Runs `body` with its output kept; the flow out of it goes to `flow`.
  Text capture(const Body& body, Flow& flow);

  Value evaluate(const Expression& expression);
  Value value_of(const Constant& node);
  Value value_of(const Name& node);
  Value value_of(const ListDisplay& node);
  Value value_of(const DictDisplay& node);
  Value value_of(const AttributeOf& node);
  Value value_of(const ItemOf& node);
  Value value_of(const SliceOf& node);
  Value value_of(const Call& node);
  Value value_of(const Apply& node);
  Value value_of(const Not& node);
  Value value_of(const Sign& node);
  Value value_of(const Arithmetic& node);
  Value value_of(const Concatenation& node);
  Value value_of(const Comparison& node);
  Value value_of(const Logic& node);
  Value value_of(const Conditional& node);
  Value optional(const ExpressionPtr& expression);

  Value apply(const Apply& node, const Value& input);
  Value apply_chain(const Expression& filter, const Value& input);
  Value call(const Value& callee, Arguments& arguments);
  Value call_with(const Call& node, const Value* caller);
  void evaluate_arguments(const CallArguments& node, Arguments& out);
  void assign(const Target& target, const Value& value);
  void print(const Value& value);
  void check_output();

  Scope* push_scope(Scope* parent);
  void release(Scope* scope);
  // Makes a scope the current one for a while.
  class Inside;
  class CallLevel;

  const TemplateAst& ast_;
  Runtime& runtime_;
  Scope* root_;
  Scope* scope_;
  TextBuilder* out_ = nullptr;
  std::vector<Scope*> free_scopes_;
  int calls_ = 0;
};

}  // namespace bantam::jinja
