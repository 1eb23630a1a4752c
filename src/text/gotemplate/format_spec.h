// One conversion of a format, and one value printed by it.
#pragma once

#include <optional>

#include "text/gotemplate/format.h"

namespace bantam::gotemplate {

struct FormatSpec {
  char verb = 'v';
  bool minus = false;
  bool plus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  bool names_fields = false;  // %+v
  std::optional<int> width;   // in characters
  std::optional<int> precision;
};

// fmt's way with one operand. A pointer inside of a collection, which Go prints as an address, is a
// fault.
void format_value(Runtime& runtime, TextBuilder& out, const Value& value, const FormatSpec& spec,
                  int depth = 0);

// Scalars: what `spec` makes of them. False: the verb does not suit the kind of value.
bool format_bool(TextBuilder& out, bool value, const FormatSpec& spec);
bool format_integer(TextBuilder& out, std::int64_t value, const FormatSpec& spec);
bool format_real(TextBuilder& out, double value, const FormatSpec& spec);
bool format_text(Runtime& runtime, TextBuilder& out, const Text& text, const FormatSpec& spec);

}  // namespace bantam::gotemplate
