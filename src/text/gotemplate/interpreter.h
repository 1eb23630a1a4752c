// Runs a parsed Go template.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "text/gotemplate/ast.h"
#include "text/jinja/runtime.h"

namespace bantam::gotemplate {

// For renderings one after another, on one thread; `ast` and `runtime` outlive it.
class Interpreter {
 public:
  Interpreter(const TemplateAst& ast, jinja::Runtime& runtime, jinja::TextBuilder& out)
      : ast_(ast), runtime_(runtime), out_(out) {}

  // Appends what the template makes of `data`. With `last`, statements whose order is greater are
  // left out. Throws jinja::TemplateError.
  void run(const Value& data, std::optional<std::size_t> last = std::nullopt);

 private:
  enum class Flow { Normal, Break, Continue };
  // Variables of one call, by slot; the first is $.
  using Frame = std::vector<Value>;

  Flow run_body(const Body& body, const Value& dot);
  Flow execute(const Literal& node, const Value& dot);
  Flow execute(const Action& node, const Value& dot);
  Flow execute(const Choice& node, const Value& dot);
  Flow execute(const Range& node, const Value& dot);
  Flow execute(const Break& node, const Value& dot);
  Flow execute(const Continue& node, const Value& dot);
  Flow execute(const TemplateCall& node, const Value& dot);

  void run_definition(const Definition& definition, const Value& data);
  // One turn of a range; false after a break.
  bool run_turn(const Range& node, const Value& key, const Value& item);
  void check_output();

  Value evaluate(const Pipeline& pipeline, const Value& dot);
  Value evaluate_command(const Command& command, const Value& dot, const Value* piped);
  // An operand where a value is wanted: functions are called without arguments.
  Value argument(const Operand& operand, const Value& dot);
  Value base_value(const Operand& operand, const Value& dot);
  Value fields_of(Value value, const Operand& operand, bool has_arguments);
  Value field(const Value& of, const std::string& name, bool has_arguments);
  Value call(const Function& function, std::span<const Operand> operands, const Value& dot,
             const Value* piped);
  Value choose(bool wanted, std::span<const Operand> operands, const Value& dot,
               const Value* piped);

  const TemplateAst& ast_;
  jinja::Runtime& runtime_;
  jinja::TextBuilder& out_;
  Frame* frame_ = nullptr;
  std::optional<std::size_t> last_;
  int calls_ = 0;
};

}  // namespace bantam::gotemplate
