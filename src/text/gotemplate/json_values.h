// JSON from outside as values, all of it the user's text.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "text/gotemplate/value.h"
#include "text/jinja/runtime.h"

namespace bantam::gotemplate {

// As Go reads JSON into an interface: numbers are float64, keys of objects ascend. Throws a Limit
// fault for values nested deeper than the runtime allows.
Value from_json(jinja::Runtime& runtime, const nlohmann::ordered_json& json);
Map map_of(jinja::Runtime& runtime, const nlohmann::ordered_json& object);

// A member of an object, null if it is not there. Throws Error{BadInput} that names `where` if this
// is no object.
const nlohmann::ordered_json& member(const nlohmann::ordered_json& object, const char* name,
                                     const std::string& where);
// A member that is a text, empty if it is null or not there. Throws Error{BadInput} for anything
// else.
Value text_member(jinja::Runtime& runtime, const nlohmann::ordered_json& object, const char* name,
                  const std::string& where);

}  // namespace bantam::gotemplate
