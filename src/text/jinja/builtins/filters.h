// The tables of filters, one a file, and what they share.
#pragma once

#include <functional>
#include <span>

#include "text/jinja/builtins/functions.h"

namespace bantam::jinja {

std::span<const Builtin> text_filters();
std::span<const Builtin> markup_filters();
std::span<const Builtin> number_filters();
std::span<const Builtin> sequence_filters();
std::span<const Builtin> lazy_filters();

// `a.b.0` of a value by way of get_item; null attribute: the value itself. `fallback`, if any,
// stands in for what is undefined.
using Getter = std::function<Value(const Value& item)>;
Getter attribute_getter(Runtime& runtime, const Value* attribute, const Value* fallback = nullptr);

// Lower case for a text, anything else as it is.
Value ignore_case(Runtime& runtime, const Value& value);

}  // namespace bantam::jinja
