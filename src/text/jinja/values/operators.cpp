#include "text/jinja/values/operators.h"

#include <cmath>

#include "base/format.h"
#include "text/jinja/builtins/formatting.h"
#include "text/jinja/runtime.h"
#include "text/jinja/values/compare.h"
#include "text/jinja/values/print.h"

namespace bantam::jinja {
namespace {

constexpr const char* kSymbols[] = {"+", "-", "*", "/", "//", "%", "** or pow()"};

[[noreturn]] void fail_operands(Runtime& runtime, ArithmeticOp op, const Value& left,
                                const Value& right) {
  runtime.fail_type(format("unsupported operand type(s) for {}: '{}' and '{}'",
                           kSymbols[static_cast<std::size_t>(op)], type_name(left),
                           type_name(right)));
}

[[noreturn]] void fail_overflow(Runtime& runtime) {
  runtime.fail(Fault::Value, "an integer of more than 128 bits");
}

[[noreturn]] void fail_zero(Runtime& runtime, const char* message) {
  runtime.fail(Fault::Value, message);
}

Value integer_power(Runtime& runtime, Integer base, Integer exponent) {
  if (exponent < 0) {
    if (base == 0) fail_zero(runtime, "0.0 cannot be raised to a negative power");
    return Value::of(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
  }
  Integer result = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) {
      fail_overflow(runtime);
    }
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) fail_overflow(runtime);
  }
  return Value::of(result);
}

Value of_integers(Runtime& runtime, ArithmeticOp op, Integer left, Integer right) {
  Integer result = 0;
  bool overflow = false;
  switch (op) {
    case ArithmeticOp::Add:
      overflow = __builtin_add_overflow(left, right, &result);
      break;
    case ArithmeticOp::Subtract:
      overflow = __builtin_sub_overflow(left, right, &result);
      break;
    case ArithmeticOp::Multiply:
      overflow = __builtin_mul_overflow(left, right, &result);
      break;
    case ArithmeticOp::Divide:
      if (right == 0) fail_zero(runtime, "division by zero");
      return Value::of(static_cast<double>(left) / static_cast<double>(right));
    case ArithmeticOp::FloorDivide:
    case ArithmeticOp::Modulo: {
      const bool divide = op == ArithmeticOp::FloorDivide;
      if (right == 0)
        fail_zero(runtime,
                  divide ? "integer division or modulo by zero" : "integer modulo by zero");
      if (right == -1) {  // the one quotient that may overflow
        if (!divide) return Value::of(Integer{0});
        overflow = __builtin_sub_overflow(Integer{0}, left, &result);
        break;
      }
      Integer quotient = left / right;
      Integer rest = left % right;
      if (rest != 0 && (rest < 0) != (right < 0)) {
        --quotient;
        rest += right;
      }
      return Value::of(divide ? quotient : rest);
    }
    case ArithmeticOp::Power:
      return integer_power(runtime, left, right);
  }
  if (overflow) fail_overflow(runtime);
  return Value::of(result);
}

Value of_reals(Runtime& runtime, ArithmeticOp op, double left, double right) {
  switch (op) {
    case ArithmeticOp::Add:
      return Value::of(left + right);
    case ArithmeticOp::Subtract:
      return Value::of(left - right);
    case ArithmeticOp::Multiply:
      return Value::of(left * right);
    case ArithmeticOp::Divide:
      if (right == 0) fail_zero(runtime, "float division by zero");
      return Value::of(left / right);
    case ArithmeticOp::Power:
      if (left == 0 && right < 0) fail_zero(runtime, "0.0 cannot be raised to a negative power");
      return Value::of(std::pow(left, right));
    default:
      break;
  }
  if (right == 0) {
    fail_zero(runtime,
              op == ArithmeticOp::Modulo ? "float modulo" : "float floor division by zero");
  }
  double rest = std::fmod(left, right);
  if (rest != 0 && (rest < 0) != (right < 0)) rest += right;
  if (op == ArithmeticOp::Modulo) return Value::of(rest == 0 ? std::copysign(0.0, right) : rest);
  const double quotient = (left - rest) / right;
  const double floored = std::floor(quotient);
  return Value::of(quotient - floored > 0.5 ? floored + 1 : floored);
}

bool is_sequence(const Value& value) {
  return value.is_text() || value.is(Kind::List) || value.is(Kind::Tuple);
}

Value join_texts(Runtime& runtime, const Value& left, const Value& right) {
  const bool markup = left.text().markup || right.text().markup;
  TextBuilder out(runtime);
  if (!markup) {
    out.append(left.text());
    out.append(right.text());
    return out.value();
  }
  out.append(escape_html(runtime, left).text());
  out.append(escape_html(runtime, right).text());
  Text text = out.take();
  text.markup = true;
  return Value(std::make_shared<const Text>(std::move(text)));
}

Value add_sequences(Runtime& runtime, const Value& left, const Value& right) {
  if (left.kind() != right.kind()) {
    runtime.fail_type(format("can only concatenate {} (not \"{}\") to {}", type_name(left),
                             type_name(right), type_name(left)));
  }
  if (left.is_text()) return join_texts(runtime, left, right);
  const auto& head = left.as<ListObject>().items;
  const auto& tail = right.as<ListObject>().items;
  runtime.step(static_cast<std::int64_t>((head.size() + tail.size()) / 16));
  runtime.charge((head.size() + tail.size()) * sizeof(Value));
  std::vector<Value> items;
  items.reserve(head.size() + tail.size());
  items.insert(items.end(), head.begin(), head.end());
  items.insert(items.end(), tail.begin(), tail.end());
  auto* list = runtime.make<ListObject>(left.kind());
  list->items = std::move(items);
  return Value(list);
}

Value repeat(Runtime& runtime, const Value& value, Integer times) {
  const std::size_t count =
      times <= 0 ? 0 : static_cast<std::size_t>(std::min<Integer>(times, 1 << 30));
  if (value.is_text()) {
    TextBuilder out(runtime);
    out.append_repeated(value.text(), count);
    Text text = out.take();
    text.markup = value.text().markup;
    return Value(std::make_shared<const Text>(std::move(text)));
  }
  const auto& source = value.as<ListObject>().items;
  std::vector<Value> items;
  for (std::size_t i = 0; i < count && !source.empty(); ++i) {
    runtime.charge(source.size() * sizeof(Value));
    items.insert(items.end(), source.begin(), source.end());
  }
  return Value(runtime.make_list(std::move(items), value.kind()));
}

void append_escaped(Runtime& runtime, TextBuilder& out, const Text& text) {
  runtime.charge_characters(text.bytes.size());
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.bytes.size(); ++at) {
    std::string_view entity;
    switch (text.bytes[at]) {
      case '&':
        entity = "&amp;";
        break;
      case '<':
        entity = "&lt;";
        break;
      case '>':
        entity = "&gt;";
        break;
      case '\'':
        entity = "&#39;";
        break;
      case '"':
        entity = "&#34;";
        break;
      default:
        continue;
    }
    out.append(text, done, at);
    out.append(entity, text.origin());
    done = at + 1;
  }
  out.append(text, done, text.bytes.size());
}

}  // namespace

Value escape_html(Runtime& runtime, const Value& value) {
  if (value.is_text() && value.text().markup) return value;
  const TextPtr plain = str(runtime, value);
  TextBuilder out(runtime);
  append_escaped(runtime, out, *plain);
  Text text = out.take();
  text.markup = true;
  return Value(std::make_shared<const Text>(std::move(text)));
}

Value slice_bytes(Runtime& runtime, const TextPtr& text, std::size_t begin, std::size_t end) {
  if (begin == 0 && end == text->bytes.size()) return Value(text);
  TextBuilder out(runtime);
  out.append(*text, begin, end);
  Text part = out.take();
  part.markup = text->markup;
  return Value(std::make_shared<const Text>(std::move(part)));
}

Value arithmetic(Runtime& runtime, ArithmeticOp op, const Value& left, const Value& right) {
  if (left.is_integral() && right.is_integral()) {
    return of_integers(runtime, op, left.integer(), right.integer());
  }
  if (left.is_number() && right.is_number()) {
    return of_reals(runtime, op, left.real(), right.real());
  }
  if (op == ArithmeticOp::Modulo && left.is_text()) return percent_format(runtime, left, right);
  if (left.is_undefined()) runtime.fail_undefined(left);
  if (right.is_undefined()) runtime.fail_undefined(right);
  if (op == ArithmeticOp::Add && is_sequence(left)) return add_sequences(runtime, left, right);
  if (op == ArithmeticOp::Multiply) {
    if (is_sequence(left) && right.is_integral()) return repeat(runtime, left, right.integer());
    if (is_sequence(right) && left.is_integral()) return repeat(runtime, right, left.integer());
    if (is_sequence(left) || is_sequence(right)) {
      runtime.fail_type(format("can't multiply sequence by non-int of type '{}'",
                               type_name(is_sequence(left) ? right : left)));
    }
  }
  fail_operands(runtime, op, left, right);
}

Value negate(Runtime& runtime, const Value& value) {
  if (value.is_undefined()) runtime.fail_undefined(value);
  if (value.is_integral()) {
    Integer result = 0;
    if (__builtin_sub_overflow(Integer{0}, value.integer(), &result)) fail_overflow(runtime);
    return Value::of(result);
  }
  if (value.is(Kind::Float)) return Value::of(-value.real());
  runtime.fail_type(format("bad operand type for unary -: '{}'", type_name(value)));
}

Value plus(Runtime& runtime, const Value& value) {
  if (value.is_undefined()) runtime.fail_undefined(value);
  if (value.is_integral()) return Value::of(value.integer());
  if (value.is(Kind::Float)) return value;
  runtime.fail_type(format("bad operand type for unary +: '{}'", type_name(value)));
}

bool compare(Runtime& runtime, CompareOp op, const Value& left, const Value& right) {
  switch (op) {
    case CompareOp::Equal:
      return equal(runtime, left, right);
    case CompareOp::NotEqual:
      return !equal(runtime, left, right);
    case CompareOp::Less:
      return less(runtime, left, right);
    case CompareOp::LessOrEqual:
      return less_or_equal(runtime, left, right);
    case CompareOp::Greater:
      return less(runtime, right, left, ">");
    case CompareOp::GreaterOrEqual:
      return less_or_equal(runtime, right, left, ">=");
    case CompareOp::In:
      return contains(runtime, right, left);
    case CompareOp::NotIn:
      return !contains(runtime, right, left);
  }
  return false;
}

}  // namespace bantam::jinja
