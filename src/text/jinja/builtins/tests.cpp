// What may follow `is`.
#include <algorithm>
#include <iterator>

#include "base/format.h"
#include "text/jinja/builtins/functions.h"
#include "text/jinja/builtins/text_pieces.h"
#include "text/jinja/values/compare.h"
#include "text/jinja/values/iterate.h"
#include "text/jinja/values/operators.h"
#include "text/jinja/values/print.h"

namespace bantam::jinja {
namespace {

template <bool (*test)(const Value&)>
Value simple(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "test", arguments, {});
  return Value::of(test(value));
}

bool is_defined(const Value& value) { return !value.is_undefined(); }
bool is_undefined(const Value& value) { return value.is_undefined(); }
bool is_none(const Value& value) { return value.is_none(); }
bool is_boolean(const Value& value) { return value.is(Kind::Bool); }
bool is_true(const Value& value) { return value.is(Kind::Bool) && value.boolean(); }
bool is_false(const Value& value) { return value.is(Kind::Bool) && !value.boolean(); }
bool is_integer(const Value& value) { return value.is(Kind::Int); }
bool is_float(const Value& value) { return value.is(Kind::Float); }
bool is_number(const Value& value) { return value.is_number(); }
bool is_string(const Value& value) { return value.is_text(); }
bool is_mapping(const Value& value) { return value.is(Kind::Dict); }
// As in Python, where calling an undefined value is possible and raises.
bool is_callable(const Value& value) {
  return value.is(Kind::Callable) || value.is(Kind::Loop) || value.is_undefined();
}
bool is_escaped(const Value& value) { return value.is_text() && value.text().markup; }

bool is_sequence(const Value& value) {
  switch (value.kind()) {
    case Kind::Undefined:
    case Kind::Text:
    case Kind::List:
    case Kind::Tuple:
    case Kind::Dict:
    case Kind::Range:
    case Kind::Bytes:
      return true;
    default:
      return false;
  }
}

Value rest(Runtime& runtime, const Value& value, Integer divisor) {
  return arithmetic(runtime, ArithmeticOp::Modulo, value, Value::of(divisor));
}

template <int wanted>
Value parity(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "test", arguments, {});
  return Value::of(equal(runtime, rest(runtime, value, 2), Value::of(Integer{wanted})));
}

Value divisibleby(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "divisibleby", arguments, {"num"}, 1);
  const Value remainder = arithmetic(runtime, ArithmeticOp::Modulo, value, *parameters[0]);
  return Value::of(equal(runtime, remainder, Value::of(Integer{0})));
}

template <CompareOp op>
Value compared(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "test", arguments, {"other"}, 1);
  return Value::of(compare(runtime, op, value, *parameters[0]));
}

Value sameas(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "sameas", arguments, {"other"}, 1);
  const Value& other = *parameters[0];
  if (value.kind() != other.kind()) return Value::of(false);
  return Value::of(value.kind() <= Kind::Text ? equal(runtime, value, other)
                                              : value.object() == other.object());
}

template <bool upper>
Value has_case(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "test", arguments, {});
  return Value::of(has_only_case(runtime, *str(runtime, value), upper));
}

Value is_filter(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "filter", arguments, {});
  return Value::of(value.is_text() && find_filter(value.text().bytes) != nullptr);
}

Value is_test(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "test", arguments, {});
  return Value::of(value.is_text() && find_test(value.text().bytes) != nullptr);
}

constexpr Builtin kTests[] = {
    {"defined", simple<is_defined>},
    {"undefined", simple<is_undefined>},
    {"none", simple<is_none>},
    {"string", simple<is_string>},
    {"mapping", simple<is_mapping>},
    {"sequence", simple<is_sequence>},
    {"iterable", simple<is_iterable>},
    {"boolean", simple<is_boolean>},
    {"true", simple<is_true>},
    {"false", simple<is_false>},
    {"integer", simple<is_integer>},
    {"float", simple<is_float>},
    {"number", simple<is_number>},
    {"callable", simple<is_callable>},
    {"escaped", simple<is_escaped>},
    {"odd", parity<1>},
    {"even", parity<0>},
    {"divisibleby", divisibleby},
    {"in", compared<CompareOp::In>},
    {"eq", compared<CompareOp::Equal>},
    {"==", compared<CompareOp::Equal>},
    {"equalto", compared<CompareOp::Equal>},
    {"ne", compared<CompareOp::NotEqual>},
    {"!=", compared<CompareOp::NotEqual>},
    {"lt", compared<CompareOp::Less>},
    {"<", compared<CompareOp::Less>},
    {"lessthan", compared<CompareOp::Less>},
    {"le", compared<CompareOp::LessOrEqual>},
    {"<=", compared<CompareOp::LessOrEqual>},
    {"gt", compared<CompareOp::Greater>},
    {">", compared<CompareOp::Greater>},
    {"greaterthan", compared<CompareOp::Greater>},
    {"ge", compared<CompareOp::GreaterOrEqual>},
    {">=", compared<CompareOp::GreaterOrEqual>},
    {"sameas", sameas},
    {"lower", has_case<false>},
    {"upper", has_case<true>},
    {"filter", is_filter},
    {"test", is_test},
};

}  // namespace

const Builtin* find_test(std::string_view name) {
  const auto* found = std::find_if(std::begin(kTests), std::end(kTests),
                                   [&](const Builtin& test) { return test.name == name; });
  return found == std::end(kTests) ? nullptr : found;
}

}  // namespace bantam::jinja
