#include "text/gotemplate/interpreter.h"

#include "base/format.h"
#include "text/gotemplate/format.h"
#include "text/gotemplate/functions.h"
#include "text/gotemplate/json.h"

namespace bantam::gotemplate {

using jinja::Fault;
using jinja::Nesting;

namespace {

// A pipeline's value: an interface that holds nothing is nothing.
Value settled(Value value) {
  if (std::holds_alternative<NilInterface>(value)) return Nothing{};
  return value;
}

}  // namespace

void Interpreter::run(const Value& data, std::optional<std::size_t> last) {
  last_ = last;
  run_definition(ast_.main, data);
}

void Interpreter::run_definition(const Definition& definition, const Value& data) {
  if (++calls_ > runtime_.limits().calls) {
    runtime_.fail(Fault::Limit,
                  format("more than {} templates inside each other", runtime_.limits().calls));
  }
  runtime_.charge(definition.frame_size * sizeof(Value));
  Frame frame(definition.frame_size);
  frame[0] = data;
  Frame* const outer = std::exchange(frame_, &frame);
  run_body(definition.body, data);
  frame_ = outer;
  --calls_;
}

Interpreter::Flow Interpreter::run_body(const Body& body, const Value& dot) {
  const Nesting nesting(runtime_);
  for (const Statement& statement : body) {
    if (last_ && statement.order > *last_) break;
    runtime_.step();
    runtime_.line = statement.line;
    const Flow flow =
        std::visit([&](const auto& node) { return execute(node, dot); }, statement.node);
    if (flow != Flow::Normal) return flow;
  }
  return Flow::Normal;
}

void Interpreter::check_output() {
  if (out_.size() > runtime_.limits().output) {
    runtime_.fail(Fault::Limit,
                  format("the template wrote more than {} bytes", runtime_.limits().output));
  }
}

Interpreter::Flow Interpreter::execute(const Literal& node, const Value&) {
  out_.append(*node.text);
  check_output();
  return Flow::Normal;
}

Interpreter::Flow Interpreter::execute(const Action& node, const Value& dot) {
  const Value value = evaluate(node.pipeline, dot);
  if (node.pipeline.targets.empty()) {
    print_value(runtime_, out_, value);
    check_output();
  }
  return Flow::Normal;
}

Interpreter::Flow Interpreter::execute(const Choice& node, const Value& dot) {
  for (const Choice::Branch& branch : node.branches) {
    const Value value = evaluate(branch.condition, dot);
    if (is_true(value)) return run_body(branch.body, node.moves_dot ? value : dot);
  }
  return run_body(node.otherwise, dot);
}

bool Interpreter::run_turn(const Range& node, const Value& key, const Value& item) {
  runtime_.step();
  const auto& targets = node.items.targets;
  if (targets.size() == 1) (*frame_)[targets[0]] = item;
  if (targets.size() == 2) {
    (*frame_)[targets[0]] = key;
    (*frame_)[targets[1]] = item;
  }
  return run_body(node.body, item) != Flow::Break;
}

Interpreter::Flow Interpreter::execute(const Range& node, const Value& dot) {
  const Value items = evaluate(node.items, dot);
  bool is_empty = true;
  if (const auto* slice = std::get_if<SlicePtr>(&items)) {
    std::int64_t index = 0;
    for (const Value& item : (*slice)->items) {
      is_empty = false;
      if (!run_turn(node, index++, item)) break;
    }
  } else if (const auto* map = std::get_if<MapPtr>(&items)) {
    for (const auto& [key, value] : (*map)->entries) {
      is_empty = false;
      if (!run_turn(node, key, value)) break;
    }
  } else if (const auto* count = std::get_if<std::int64_t>(&items)) {
    if (node.items.targets.size() > 1) {
      runtime_.fail_type(format("cannot use {} to iterate over more than one variable", *count));
    }
    for (std::int64_t i = 0; i < *count; ++i) {
      is_empty = false;
      if (!run_turn(node, Nothing{}, i)) break;
    }
  } else if (!is_nothing(items)) {
    runtime_.fail_type(format("range cannot iterate over {}", type_name(items)));
  }
  return is_empty ? run_body(node.otherwise, dot) : Flow::Normal;
}

Interpreter::Flow Interpreter::execute(const Break&, const Value&) { return Flow::Break; }
Interpreter::Flow Interpreter::execute(const Continue&, const Value&) { return Flow::Continue; }

Interpreter::Flow Interpreter::execute(const TemplateCall& node, const Value& dot) {
  const auto found = ast_.definitions.find(node.name);
  if (found == ast_.definitions.end()) {
    runtime_.fail(Fault::Value,
                  format("template {} not defined", quoted(std::string_view(node.name))));
  }
  const Value data = node.data.commands.empty() ? Value(Nothing{}) : evaluate(node.data, dot);
  run_definition(found->second, data);
  return Flow::Normal;
}

Value Interpreter::evaluate(const Pipeline& pipeline, const Value& dot) {
  const Nesting nesting(runtime_);
  runtime_.line = pipeline.line;
  Value value = Nothing{};
  const Value* piped = nullptr;
  for (const Command& command : pipeline.commands) {
    value = settled(evaluate_command(command, dot, piped));
    piped = &value;
  }
  for (const std::size_t target : pipeline.targets) (*frame_)[target] = value;
  return value;
}

Value Interpreter::evaluate_command(const Command& command, const Value& dot, const Value* piped) {
  const Operand& first = command.front();
  const auto arguments = std::span(command).subspan(1);
  const bool has_arguments = !arguments.empty() || piped != nullptr;
  runtime_.line = first.line;
  if (const auto* function = std::get_if<FunctionName>(&first.term);
      function && first.fields.empty())
    return call(*function->function, arguments, dot, piped);
  if (std::holds_alternative<NilWord>(first.term)) runtime_.fail_type("nil is not a command");
  if (has_arguments && first.fields.empty()) {
    runtime_.fail_type("arguments are given to what is no function");
  }
  return fields_of(base_value(first, dot), first, has_arguments);
}

Value Interpreter::argument(const Operand& operand, const Value& dot) {
  if (std::holds_alternative<NilWord>(operand.term)) return Nothing{};
  return fields_of(base_value(operand, dot), operand, /*has_arguments=*/false);
}

Value Interpreter::base_value(const Operand& operand, const Value& dot) {
  runtime_.step();
  if (const auto* constant = std::get_if<Constant>(&operand.term)) return constant->value;
  if (const auto* variable = std::get_if<Variable>(&operand.term)) return (*frame_)[variable->slot];
  if (const auto* function = std::get_if<FunctionName>(&operand.term))
    return call(*function->function, {}, dot, nullptr);
  if (const auto* inner = std::get_if<Parenthesized>(&operand.term))
    return evaluate(*inner->pipeline, dot);
  return dot;
}

Value Interpreter::fields_of(Value value, const Operand& operand, bool has_arguments) {
  for (std::size_t i = 0; i < operand.fields.size(); ++i) {
    const bool is_last = i + 1 == operand.fields.size();
    value = field(value, operand.fields[i], has_arguments && is_last);
  }
  return value;
}

Value Interpreter::field(const Value& of, const std::string& name, bool has_arguments) {
  if (std::holds_alternative<Nothing>(of)) return Nothing{};
  if (std::holds_alternative<NilInterface>(of)) {
    runtime_.fail(Fault::Undefined, format("nil pointer evaluating interface {}.{}", "{}", name));
  }
  const auto* map = std::get_if<MapPtr>(&of);
  const auto* record = std::get_if<RecordPtr>(&of);
  const auto* slice = std::get_if<SlicePtr>(&of);
  const Style style = map      ? (*map)->style
                      : record ? (*record)->style
                      : slice  ? (*slice)->style
                               : Style::Plain;
  const bool is_method = style != Style::Plain && name == "String";
  if (has_arguments && (is_method || map != nullptr || record != nullptr)) {
    runtime_.fail_type(format("{} takes no arguments", name));
  }
  if (is_method) return text_value(sprint(runtime_, std::span(&of, 1)));
  if (map != nullptr) {
    if ((*map)->in_file_order) runtime_.step(static_cast<std::int64_t>((*map)->entries.size()));
    const Value* found = (*map)->find(name);
    return found != nullptr ? *found : (*map)->zero;
  }
  const Value* found = record != nullptr ? (*record)->find(name) : nullptr;
  if (found == nullptr) {
    runtime_.fail(Fault::Undefined,
                  format("cannot evaluate field {} in type {}", name, type_name(of)));
  }
  return *found;
}

Value Interpreter::call(const Function& function, std::span<const Operand> operands,
                        const Value& dot, const Value* piped) {
  const Nesting nesting(runtime_);
  const auto count = static_cast<int>(operands.size()) + (piped != nullptr ? 1 : 0);
  if (count < function.least || (function.most >= 0 && count > function.most)) {
    runtime_.fail_type(format("wrong number of arguments for {}: {}", function.name, count));
  }
  if (function.body == nullptr) return choose(function.name == "or", operands, dot, piped);
  std::vector<Value> values;
  values.reserve(static_cast<std::size_t>(count));
  for (const Operand& operand : operands) values.push_back(argument(operand, dot));
  if (piped != nullptr) values.push_back(*piped);
  runtime_.step(count);
  return function.body(runtime_, values);
}

Value Interpreter::choose(bool wanted, std::span<const Operand> operands, const Value& dot,
                          const Value* piped) {
  Value value = Nothing{};
  for (const Operand& operand : operands) {
    value = argument(operand, dot);
    if (is_true(value) == wanted) return value;
  }
  return piped != nullptr ? *piped : value;
}

}  // namespace bantam::gotemplate
