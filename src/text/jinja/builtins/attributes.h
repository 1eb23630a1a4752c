// What `a.b`, `a[b]` and `a[b:c]` mean, and the methods of the built-in types.
#pragma once

#include <string_view>

#include "text/jinja/builtins/functions.h"
#include "text/jinja/runtime.h"
#include "text/jinja/values/value.h"

namespace bantam::jinja {

// `object.name`: a method or attribute first, then a key. Undefined if neither is there; what
// changes its object, or starts with an underscore, is undefined in a way that throws a Security
// fault on use.
Value get_attribute(Runtime& runtime, const Value& object, std::string_view name);

// `object[key]`: a key or index first, then a method or attribute.
Value get_item(Runtime& runtime, const Value& object, const Value& key);

// `object[start:stop:step]`, none for what is left out. Throws a Type fault for what has no slices.
Value get_slice(Runtime& runtime, const Value& object, const Value& start, const Value& stop,
                const Value& step);

// `object.name` without keys; false if the type has no such attribute.
bool find_attribute(Runtime& runtime, const Value& object, std::string_view name, Value& out);

// Methods of one type; null where there is none. A method without function changes its object.
const Builtin* find_text_method(std::string_view name);
const Builtin* find_collection_method(Kind kind, std::string_view name);

}  // namespace bantam::jinja
