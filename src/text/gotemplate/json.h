// Values as Go's encoding/json writes them.
#pragma once

#include "text/gotemplate/value.h"
#include "text/jinja/runtime.h"

namespace bantam::gotemplate {

// Map keys ascending, <, > and & escaped, no blanks; bytes keep their origin.
void write_json(jinja::Runtime& runtime, jinja::TextBuilder& out, const Value& value);

// What a JSON schema's type says: "string", or "[string null]" of several.
void write_type(jinja::TextBuilder& out, const Slice& type);

}  // namespace bantam::gotemplate
