// How the interpreter executes statements.
#include "text/jinja/interpreter.h"

#include <algorithm>

#include "base/format.h"
#include "text/jinja/builtins/functions.h"
#include "text/jinja/interpreter_scopes.h"
#include "text/jinja/loop.h"
#include "text/jinja/values/compare.h"
#include "text/jinja/values/iterate.h"
#include "text/jinja/values/operators.h"
#include "text/jinja/values/print.h"

namespace bantam::jinja {

// A macro, or the body of a call block as its `caller`.
struct MacroObject : CallableObject {
  MacroObject(Interpreter& runs, const MacroDefinition& what, Scope* where)
      : CallableObject("Macro"), interpreter(runs), definition(what), closure(where) {}

  Value call(Runtime&, Arguments& arguments) override {
    return interpreter.call_macro(definition, closure, arguments);
  }
  Value attribute(Runtime& runtime, std::string_view name) override {
    if (name == "name") return runtime.make_text(definition.name);
    if (name == "catch_kwargs") return Value::of(definition.uses_kwargs);
    if (name == "catch_varargs") return Value::of(definition.uses_varargs);
    if (name == "caller") return Value::of(definition.uses_caller);
    if (name != "arguments") return runtime.missing(Value(this), name);
    std::vector<Value> names;
    for (const auto& parameter : definition.parameters) names.emplace_back(parameter.second);
    return Value(runtime.make_list(std::move(names), Kind::Tuple));
  }
  std::string printed() const override { return format("<Macro '{}'>", definition.name); }

  Interpreter& interpreter;
  const MacroDefinition& definition;
  Scope* closure;
};

Interpreter::Interpreter(const TemplateAst& ast, Runtime& runtime)
    : ast_(ast), runtime_(runtime), root_(runtime.make<Scope>(nullptr)), scope_(root_) {}

void Interpreter::define(std::string_view name, Value value) {
  for (std::size_t id = 0; id < ast_.names.size(); ++id) {
    if (ast_.names[id]->bytes == name) return root_->set(static_cast<NameId>(id), std::move(value));
  }
}

Text Interpreter::run() {
  TextBuilder out(runtime_);
  out_ = &out;
  // Variables are given from outside: what the template sets shadows them.
  const Inside inside(*this, push_scope(root_));
  root_ = scope_;
  run_body(ast_.body);
  return out.take();
}

Scope* Interpreter::push_scope(Scope* parent) {
  if (free_scopes_.empty()) return runtime_.make<Scope>(parent);
  Scope* scope = free_scopes_.back();
  free_scopes_.pop_back();
  scope->parent = parent;
  return scope;
}

void Interpreter::release(Scope* scope) {
  if (scope->captured) return;
  scope->names.clear();
  free_scopes_.push_back(scope);
}

Interpreter::Flow Interpreter::run_body(const Body& body) {
  for (const Statement& statement : body) {
    const Flow flow = run_statement(statement);
    if (flow != Flow::Normal) return flow;
  }
  return Flow::Normal;
}

Interpreter::Flow Interpreter::run_statement(const Statement& statement) {
  const Nesting nesting(runtime_);
  runtime_.step();
  runtime_.line = statement.line;
  return std::visit([this](const auto& node) { return execute(node); }, statement.node);
}

void Interpreter::check_output() {
  if (out_->size() > runtime_.limits().output) {
    runtime_.fail(Fault::Limit,
                  format("the template wrote more than {} bytes", runtime_.limits().output));
  }
}

void Interpreter::print(const Value& value) {
  append_str(*out_, runtime_, runtime_.autoescape ? escape_html(runtime_, value) : value);
  check_output();
}

Text Interpreter::capture(const Body& body, Flow& flow) {
  TextBuilder out(runtime_);
  TextBuilder* const outer = std::exchange(out_, &out);
  struct Restore {
    Interpreter& interpreter;
    TextBuilder* outer;
    ~Restore() { interpreter.out_ = outer; }
  } const restore{*this, outer};
  flow = run_body(body);
  Text text = out.take();
  text.markup = runtime_.autoescape;
  return text;
}

Interpreter::Flow Interpreter::execute(const TemplateText& node) {
  out_->append(*node.text);
  check_output();
  return Flow::Normal;
}

Interpreter::Flow Interpreter::execute(const Print& node) {
  print(evaluate(*node.value));
  return Flow::Normal;
}

Interpreter::Flow Interpreter::execute(const If& node) {
  for (const auto& [condition, body] : node.branches) {
    if (truthy(evaluate(*condition))) return run_body(body);
  }
  return run_body(node.otherwise);
}

Interpreter::Flow Interpreter::execute(const For& node) {
  return run_loop(node, evaluate(*node.iterable), scope_, 0);
}

// The items for which the condition holds, each asked for when the loop comes to it.
Value Interpreter::filtered_items(const For& node, const Value& items) {
  IteratorObject& source = iterate(runtime_, items);
  Scope* const around = scope_;
  return Value(
      runtime_.make<IteratorObject>("generator", [this, &node, &source, around](Value& out) {
        Value item;
        while (next(runtime_, source, item)) {
          const Inside inside(*this, push_scope(around));
          assign(node.target, item);
          if (!truthy(evaluate(*node.condition))) continue;
          out = item;
          return true;
        }
        return false;
      }));
}

Interpreter::Flow Interpreter::run_loop(const For& node, const Value& items, Scope* around,
                                        std::size_t depth) {
  const Value wanted = node.condition ? filtered_items(node, items) : items;
  auto* loop = runtime_.make<LoopObject>(wanted, iterate(runtime_, wanted), depth);
  if (node.recursive) {
    loop->recurse = [this, &node, around](const Value& inner, std::size_t inner_depth) {
      return recurse(node, inner, around, inner_depth);
    };
  }
  Value item;
  while (loop->advance(runtime_, item)) {
    const Inside inside(*this, push_scope(around));
    scope_->set(kLoopName, Value(loop));
    assign(node.target, item);
    if (run_body(node.body) == Flow::Break) return Flow::Normal;
  }
  if (loop->count > 0) return Flow::Normal;
  const Inside inside(*this, push_scope(around));
  return run_body(node.otherwise);
}

Value Interpreter::recurse(const For& node, const Value& items, Scope* around, std::size_t depth) {
  const CallLevel level(*this);
  TextBuilder out(runtime_);
  struct Restore {
    Interpreter& interpreter;
    TextBuilder* outer;
    ~Restore() { interpreter.out_ = outer; }
  } const restore{*this, std::exchange(out_, &out)};
  run_loop(node, items, around, depth);
  Text text = out.take();
  text.markup = runtime_.autoescape;
  return Value(std::make_shared<const Text>(std::move(text)));
}

void Interpreter::assign(const Target& target, const Value& value) {
  if (target.unpacks) {
    if (!is_iterable(value)) {
      runtime_.fail_type(format("cannot unpack non-iterable {} object", type_name(value)));
    }
    const std::vector<Value> items = collect(runtime_, value);
    const std::size_t wanted = target.parts.size();
    if (items.size() > wanted) {
      runtime_.fail(Fault::Value, format("too many values to unpack (expected {})", wanted));
    }
    if (items.size() < wanted) {
      runtime_.fail(Fault::Value, format("not enough values to unpack (expected {}, got {})",
                                         wanted, items.size()));
    }
    for (std::size_t i = 0; i < wanted; ++i) assign(target.parts[i], items[i]);
    return;
  }
  if (target.attribute == nullptr) {
    runtime_.charge(sizeof(Value));
    return scope_->set(target.name, value);
  }
  const Value names = value_of(Name{target.name});
  if (!names.is(Kind::Namespace)) {
    runtime_.fail(Fault::Value, "cannot assign attribute on non-namespace object");
  }
  if (target.attribute->bytes.starts_with('_')) {
    runtime_.fail(Fault::Security,
                  "chat templates cannot store underscore-prefixed attributes on a namespace");
  }
  names.as<NamespaceObject>().set(target.attribute, value);
}

Interpreter::Flow Interpreter::execute(const Set& node) {
  assign(node.target, evaluate(*node.value));
  return Flow::Normal;
}

Interpreter::Flow Interpreter::execute(const SetBlock& node) {
  Flow flow = Flow::Normal;
  Value value;
  {
    const Inside inside(*this, push_scope(scope_));
    value = Value(std::make_shared<const Text>(capture(node.body, flow)));
  }
  if (flow != Flow::Normal) return flow;
  if (node.filter) value = apply_chain(*node.filter, value);
  assign(node.target, value);
  return flow;
}

Value Interpreter::make_macro(const MacroDefinition& definition) {
  for (Scope* scope = scope_; scope != nullptr && !scope->captured; scope = scope->parent) {
    scope->captured = true;
  }
  return Value(runtime_.make<MacroObject>(*this, definition, scope_));
}

Interpreter::Flow Interpreter::execute(const MacroStatement& node) {
  scope_->set(node.macro->id, make_macro(*node.macro));
  return Flow::Normal;
}

Interpreter::Flow Interpreter::execute(const CallBlock& node) {
  const Value caller = make_macro(*node.caller);
  print(call_with(std::get<Call>(node.call->node), &caller));
  return Flow::Normal;
}

Interpreter::Flow Interpreter::execute(const FilterBlock& node) {
  const Inside inside(*this, push_scope(scope_));
  Flow flow = Flow::Normal;
  const Value content(std::make_shared<const Text>(capture(node.body, flow)));
  if (flow != Flow::Normal) return flow;
  print(apply_chain(*node.filter, content));
  return flow;
}

Interpreter::Flow Interpreter::execute(const With& node) {
  std::vector<Value> values;
  for (const auto& entry : node.values) values.push_back(evaluate(*entry.second));
  const Inside inside(*this, push_scope(scope_));
  for (std::size_t i = 0; i < values.size(); ++i) assign(node.values[i].first, values[i]);
  return run_body(node.body);
}

Interpreter::Flow Interpreter::execute(const Scoped& node) {
  const Inside inside(*this, push_scope(node.from_root ? root_ : scope_));
  return run_body(node.body);
}

Interpreter::Flow Interpreter::execute(const Autoescape& node) {
  const bool enabled = truthy(evaluate(*node.enabled));
  struct Restore {
    Runtime& runtime;
    bool outer;
    ~Restore() { runtime.autoescape = outer; }
  } const restore{runtime_, std::exchange(runtime_.autoescape, enabled)};
  const Inside inside(*this, push_scope(scope_));
  return run_body(node.body);
}

Interpreter::Flow Interpreter::execute(const Jump& node) {
  return node.leaves_loop ? Flow::Break : Flow::Continue;
}

Interpreter::Flow Interpreter::execute(const Unavailable& node) {
  runtime_.fail(Fault::Unsupported,
                format("'{}': a chat template has no other templates to load", node.tag));
}

Value Interpreter::call_macro(const MacroDefinition& definition, Scope* closure,
                              Arguments& arguments) {
  const CallLevel level(*this);
  const Nesting nesting(runtime_);
  const Inside inside(*this, push_scope(closure));
  bind_parameters(definition, arguments);
  bind_extras(definition, arguments);
  Flow flow = Flow::Normal;
  return Value(std::make_shared<const Text>(capture(definition.body, flow)));
}

void Interpreter::bind_parameters(const MacroDefinition& definition, Arguments& arguments) {
  const std::size_t count = definition.parameters.size();
  const std::size_t without_default = count - definition.defaults.size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [id, name] = definition.parameters[i];
    const auto named =
        std::find_if(arguments.named.begin(), arguments.named.end(),
                     [&](const auto& entry) { return entry.first->bytes == name->bytes; });
    if (i < arguments.positional.size()) {
      scope_->set(id, arguments.positional[i]);
    } else if (named != arguments.named.end()) {
      scope_->set(id, named->second);
      arguments.named.erase(named);
    } else if (i >= without_default) {
      scope_->set(id, evaluate(*definition.defaults[i - without_default]));
    } else {
      scope_->set(id, runtime_.undefined(format("parameter '{}' was not provided", name->bytes)));
    }
  }
}

// The special names caller, kwargs and varargs, as far as the body reads them.
void Interpreter::bind_extras(const MacroDefinition& definition, Arguments& arguments) {
  if (definition.uses_caller && !definition.caller_is_parameter) {
    const auto caller =
        std::find_if(arguments.named.begin(), arguments.named.end(),
                     [](const auto& entry) { return entry.first->bytes == "caller"; });
    if (caller != arguments.named.end()) {
      scope_->set(kCallerName, caller->second);
      arguments.named.erase(caller);
    } else {
      scope_->set(kCallerName, runtime_.undefined("No caller defined"));
    }
  }
  if (definition.uses_kwargs) {
    auto* rest = runtime_.make<DictObject>();
    for (const auto& [name, value] : arguments.named) rest->set(runtime_, Value(name), value);
    scope_->set(kKwargsName, Value(rest));
  } else if (!arguments.named.empty()) {
    runtime_.fail_type(format("macro '{}' takes no keyword argument '{}'", definition.name,
                              std::string_view(arguments.named[0].first->bytes).substr(0, 100)));
  }
  const std::size_t count = definition.parameters.size();
  const bool surplus = arguments.positional.size() > count;
  if (definition.uses_varargs) {
    std::vector<Value> rest;
    if (surplus) {
      rest.assign(arguments.positional.begin() + static_cast<std::ptrdiff_t>(count),
                  arguments.positional.end());
    }
    scope_->set(kVarargsName, Value(runtime_.make_list(std::move(rest), Kind::Tuple)));
  } else if (surplus) {
    runtime_.fail_type(
        format("macro '{}' takes not more than {} argument(s)", definition.name, count));
  }
}

}  // namespace bantam::jinja
