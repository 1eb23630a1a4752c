// Values as Go's package fmt prints them.
#pragma once

#include <span>

#include "text/gotemplate/value.h"
#include "text/jinja/runtime.h"

namespace bantam::gotemplate {

using jinja::Runtime;
using jinja::TextBuilder;

// What an action prints of its value: "<no value>" for nothing.
void print_value(Runtime& runtime, TextBuilder& out, const Value& value);

// fmt.Sprint: blanks between neighbours of which neither is a text.
Text sprint(Runtime& runtime, std::span<const Value> values);
// fmt.Sprintln: blanks between all, a line feed at the end.
Text sprintln(Runtime& runtime, std::span<const Value> values);
// fmt.Sprintf, but for %p, %#v, hexadecimal floats and indexes of arguments, which are a fault.
Text sprintf(Runtime& runtime, const Text& pattern, std::span<const Value> values);

}  // namespace bantam::gotemplate
