// The filter tojson: Python's json.dumps.
#pragma once

#include <optional>
#include <string>

#include "text/jinja/runtime.h"
#include "text/jinja/values/value.h"

namespace bantam::jinja {

struct JsonLayout {
  bool ensure_ascii = false;
  bool sort_keys = false;
  std::optional<std::string> indent;  // one level of it; nothing for a single line
  std::string item_separator = ", ";
  std::string key_separator = ": ";
};

// Throws a Type fault for what JSON has no words for, such as undefined values and iterators.
Value write_json(Runtime& runtime, const Value& value, const JsonLayout& layout);

}  // namespace bantam::jinja
