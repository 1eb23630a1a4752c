// How the interpreter evaluates expressions.
#include <algorithm>

#include "base/format.h"
#include "text/jinja/builtins/attributes.h"
#include "text/jinja/interpreter_scopes.h"
#include "text/jinja/loop.h"
#include "text/jinja/values/compare.h"
#include "text/jinja/values/iterate.h"
#include "text/jinja/values/print.h"

namespace bantam::jinja {

Value Interpreter::evaluate(const Expression& expression) {
  const Nesting nesting(runtime_);
  runtime_.step();
  runtime_.line = expression.line;
  return std::visit([this](const auto& node) { return value_of(node); }, expression.node);
}

Value Interpreter::optional(const ExpressionPtr& expression) {
  return expression ? evaluate(*expression) : Value();
}

Value Interpreter::value_of(const Constant& node) { return node.value; }

Value Interpreter::value_of(const Name& node) {
  std::int64_t searched = 0;
  for (Scope* scope = scope_; scope != nullptr; scope = scope->parent) {
    if (Value* found = scope->find(node.id)) return *found;
    searched += static_cast<std::int64_t>(scope->names.size()) + 1;
  }
  runtime_.step(searched / 32);
  const std::string& name = ast_.names[node.id]->bytes;
  Value global;
  if (find_global(runtime_, name, global)) return global;
  return runtime_.undefined(format("'{}' is undefined", std::string_view(name).substr(0, 200)));
}

Value Interpreter::value_of(const ListDisplay& node) {
  std::vector<Value> items;
  items.reserve(node.items.size());
  for (const auto& item : node.items) items.push_back(evaluate(*item));
  return Value(runtime_.make_list(std::move(items), node.kind));
}

Value Interpreter::value_of(const DictDisplay& node) {
  auto* dict = runtime_.make<DictObject>();
  for (const auto& [key, value] : node.entries) {
    const Value key_value = evaluate(*key);
    dict->set(runtime_, key_value, evaluate(*value));
  }
  return Value(dict);
}

Value Interpreter::value_of(const AttributeOf& node) {
  return get_attribute(runtime_, evaluate(*node.object), node.name);
}

Value Interpreter::value_of(const ItemOf& node) {
  const Value object = evaluate(*node.object);
  return get_item(runtime_, object, evaluate(*node.key));
}

Value Interpreter::value_of(const SliceOf& node) {
  const Value object = evaluate(*node.object);
  const Value start = optional(node.start);
  const Value stop = optional(node.stop);
  return get_slice(runtime_, object, start, stop, optional(node.step));
}

void Interpreter::evaluate_arguments(const CallArguments& node, Arguments& out) {
  for (const auto& argument : node.positional) out.positional.push_back(evaluate(*argument));
  for (const auto& [name, argument] : node.named) out.named.emplace_back(name, evaluate(*argument));
  if (node.more_positional) {
    for (Value& item : collect(runtime_, evaluate(*node.more_positional))) {
      out.positional.push_back(std::move(item));
    }
  }
  if (node.more_named) {
    const Value names = evaluate(*node.more_named);
    if (!names.is(Kind::Dict)) {
      runtime_.fail_type(format("argument after ** must be a mapping, not {}", type_name(names)));
    }
    for (const auto& [key, value] : names.as<DictObject>().entries()) {
      runtime_.step();
      if (!key.is_text()) runtime_.fail_type("keywords must be strings");
      out.named.emplace_back(key.text_ptr(), value);
    }
  }
}

Value Interpreter::call(const Value& callee, Arguments& arguments) {
  if (callee.is_undefined()) runtime_.fail_undefined(callee);
  if (callee.is(Kind::Callable)) return callee.as<CallableObject>().call(runtime_, arguments);
  if (callee.is(Kind::Loop)) {
    auto& loop = callee.as<LoopObject>();
    if (!loop.recurse) {
      runtime_.fail_type("the loop must have the 'recursive' marker to be called recursively");
    }
    const Parameters parameters(runtime_, "loop", arguments, {"iterable"}, 1);
    return loop.recurse(*parameters[0], loop.depth + 1);
  }
  runtime_.fail_type(format("'{}' object is not callable", type_name(callee)));
}

Value Interpreter::call_with(const Call& node, const Value* caller) {
  const int line = runtime_.line;
  const Value callee = evaluate(*node.callee);
  Arguments arguments;
  evaluate_arguments(node.arguments, arguments);
  if (caller != nullptr) {
    Text name;
    name.append("caller", Origin::Template);
    arguments.named.emplace_back(std::make_shared<const Text>(std::move(name)), *caller);
  }
  runtime_.line = line;
  return call(callee, arguments);
}

Value Interpreter::value_of(const Call& node) { return call_with(node, nullptr); }

Value Interpreter::value_of(const Apply& node) { return apply(node, optional(node.input)); }

Value Interpreter::apply(const Apply& node, const Value& input) {
  const int line = runtime_.line;
  if (node.builtin == nullptr) {
    runtime_.fail(Fault::Value, format("No {} named {} found.", node.is_test ? "test" : "filter",
                                       quoted(node.name)));
  }
  Arguments arguments;
  evaluate_arguments(node.arguments, arguments);
  runtime_.line = line;
  return node.builtin->function(runtime_, input, arguments);
}

// The filters of a block: the innermost has no input of its own.
Value Interpreter::apply_chain(const Expression& filter, const Value& input) {
  const Nesting nesting(runtime_);
  const auto& node = std::get<Apply>(filter.node);
  runtime_.line = filter.line;
  if (!node.input) return apply(node, input);
  return apply(node, apply_chain(*node.input, input));
}

Value Interpreter::value_of(const Not& node) { return Value::of(!truthy(evaluate(*node.operand))); }

Value Interpreter::value_of(const Sign& node) {
  const Value operand = evaluate(*node.operand);
  return node.negative ? negate(runtime_, operand) : plus(runtime_, operand);
}

Value Interpreter::value_of(const Arithmetic& node) {
  Value result = evaluate(*node.first);
  for (const auto& [op, operand] : node.rest) {
    result = arithmetic(runtime_, op, result, evaluate(*operand));
  }
  return result;
}

Value Interpreter::value_of(const Concatenation& node) {
  TextBuilder out(runtime_);
  for (const auto& part : node.parts) {
    Value value = evaluate(*part);
    if (runtime_.autoescape) value = escape_html(runtime_, value);
    append_str(out, runtime_, value);
  }
  Text text = out.take();
  text.markup = runtime_.autoescape;
  return Value(std::make_shared<const Text>(std::move(text)));
}

Value Interpreter::value_of(const Comparison& node) {
  Value left = evaluate(*node.first);
  for (const auto& [op, operand] : node.rest) {
    Value right = evaluate(*operand);
    if (!compare(runtime_, op, left, right)) return Value::of(false);
    left = std::move(right);
  }
  return Value::of(true);
}

Value Interpreter::value_of(const Logic& node) {
  for (std::size_t i = 0; i + 1 < node.operands.size(); ++i) {
    Value value = evaluate(*node.operands[i]);
    if (truthy(value) != node.conjunction) return value;
  }
  return evaluate(*node.operands.back());
}

Value Interpreter::value_of(const Conditional& node) {
  const int line = runtime_.line;
  if (truthy(evaluate(*node.condition))) return evaluate(*node.then);
  if (node.otherwise) return evaluate(*node.otherwise);
  return runtime_.undefined(
      format("the inline if-expression on line {} evaluated to false and no "
             "else section was defined.",
             line));
}

}  // namespace bantam::jinja
