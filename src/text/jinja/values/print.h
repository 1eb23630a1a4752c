// Values as text: Python's str() and repr().
#pragma once

#include <string>

#include "text/jinja/runtime.h"
#include "text/jinja/values/value.h"

namespace bantam::jinja {

// str(value); a text as it is, an undefined value as nothing.
void append_str(TextBuilder& out, Runtime& runtime, const Value& value);
TextPtr str(Runtime& runtime, const Value& value);  // shares a text that has no markup

// repr(value): texts in quotes, chosen and escaped as Python does.
void append_repr(TextBuilder& out, Runtime& runtime, const Value& value);
Text repr(Runtime& runtime, const Value& value);

std::string print_integer(Integer value);
std::string print_float(double value);  // Python's shortest form: "1e+16", "2.0", "nan"

}  // namespace bantam::jinja
