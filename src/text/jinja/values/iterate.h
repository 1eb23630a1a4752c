// Going through whatever can be gone through.
#pragma once

#include <vector>

#include "text/jinja/values/value.h"

namespace bantam::jinja {

// An iterator over the values; itself if it is one. Throws a Type fault for what has none.
IteratorObject& iterate(Runtime& runtime, const Value& value);
bool is_iterable(const Value& value);

// The next value, or false at the end. One step.
bool next(Runtime& runtime, IteratorObject& iterator, Value& out);

// All of them.
std::vector<Value> collect(Runtime& runtime, const Value& value);

}  // namespace bantam::jinja
