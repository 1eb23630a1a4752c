// Python's two ways of putting values into a pattern.
#pragma once

#include "text/jinja/runtime.h"
#include "text/jinja/values/value.h"

namespace bantam::jinja {

// `pattern % values`: a tuple of values, a dict for %(name)s, or one value.
Value percent_format(Runtime& runtime, const Value& pattern, const Value& values);

// `pattern.format(...)`: {}, {0}, {name}, {a.b[0]}, !r, and format specifications.
Value brace_format(Runtime& runtime, const Value& pattern, Arguments& arguments);

}  // namespace bantam::jinja
