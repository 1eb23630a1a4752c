// Python's arithmetic on values.
#pragma once

#include "text/jinja/values/value.h"

namespace bantam::jinja {

enum class ArithmeticOp { Add, Subtract, Multiply, Divide, FloorDivide, Modulo, Power };
enum class CompareOp { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, In, NotIn };

// Throws Type, Undefined or Value faults as Python and Jinja do. Integers past 128 bits are a
// fault.
Value arithmetic(Runtime& runtime, ArithmeticOp op, const Value& left, const Value& right);
Value negate(Runtime& runtime, const Value& value);
Value plus(Runtime& runtime, const Value& value);

bool compare(Runtime& runtime, CompareOp op, const Value& left, const Value& right);

// str(value) as Markup, with the five special characters of HTML escaped unless it is Markup
// already.
Value escape_html(Runtime& runtime, const Value& value);

// Bytes [begin, end) of a text, which begin and end characters; shares the text if that is all of
// it.
Value slice_bytes(Runtime& runtime, const TextPtr& text, std::size_t begin, std::size_t end);

}  // namespace bantam::jinja
