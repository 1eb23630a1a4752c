#include "text/jinja/values/print.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/format.h"
#include "text/jinja/loop.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

void append_escape(std::string& out, char32_t c) {
  char buffer[16];
  const auto code = static_cast<unsigned>(c);
  const char* pattern = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
  std::snprintf(buffer, sizeof buffer, pattern, code);
  out += buffer;
}

std::string quote(std::string_view bytes) {
  const bool single = bytes.find('\'') != std::string_view::npos;
  const bool both = single && bytes.find('"') != std::string_view::npos;
  const char mark = single && !both ? '"' : '\'';
  std::string out(1, mark);
  for (std::size_t at = 0; at < bytes.size();) {
    const CodePoint c = decode_at(bytes, at);
    if (c.value == static_cast<char32_t>(mark) || c.value == '\\') {
      out += '\\';
      out += static_cast<char>(c.value);
    } else if (c.value == '\n') {
      out += "\\n";
    } else if (c.value == '\r') {
      out += "\\r";
    } else if (c.value == '\t') {
      out += "\\t";
    } else if (is_printable(c.value)) {
      out.append(bytes.substr(at, c.length));
    } else {
      append_escape(out, c.value);
    }
    at += c.length;
  }
  return out += mark;
}

std::string quote_bytes(std::string_view bytes) {
  const bool single = bytes.find('\'') != std::string_view::npos;
  const char mark = single && bytes.find('"') == std::string_view::npos ? '"' : '\'';
  std::string out = std::string("b") + mark;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == mark || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte >= 0x7F) {
      append_escape(out, byte);
    } else {
      out += c;
    }
  }
  return out += mark;
}

void append_items(TextBuilder& out, Runtime& runtime, const ListObject& list) {
  const bool tuple = list.kind == Kind::Tuple;
  out.append(tuple ? "(" : "[");
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    if (i > 0) out.append(", ");
    append_repr(out, runtime, list.items[i]);
  }
  if (tuple && list.items.size() == 1) out.append(",");
  out.append(tuple ? ")" : "]");
}

void append_entries(TextBuilder& out, Runtime& runtime, const DictObject& dict) {
  out.append("{");
  bool first = true;
  for (const auto& [key, value] : dict.entries()) {
    if (!first) out.append(", ");
    first = false;
    append_repr(out, runtime, key);
    out.append(": ");
    append_repr(out, runtime, value);
  }
  out.append("}");
}

void append_view(TextBuilder& out, Runtime& runtime, const ViewObject& view) {
  out.append(type_name(Value(const_cast<ViewObject*>(&view))));
  out.append("([");
  bool first = true;
  for (const auto& [key, value] : view.dict.entries()) {
    if (!first) out.append(", ");
    first = false;
    const bool items = view.part == ViewObject::Part::Items;
    if (items) out.append("(");
    if (view.part != ViewObject::Part::Values) append_repr(out, runtime, key);
    if (items) out.append(", ");
    if (view.part != ViewObject::Part::Keys) append_repr(out, runtime, value);
    if (items) out.append(")");
  }
  out.append("])");
}

void append_namespace(TextBuilder& out, Runtime& runtime, const NamespaceObject& names) {
  out.append("<Namespace {");
  for (std::size_t i = 0; i < names.entries.size(); ++i) {
    if (i > 0) out.append(", ");
    append_repr(out, runtime, Value(names.entries[i].first));
    out.append(": ");
    append_repr(out, runtime, names.entries[i].second);
  }
  out.append("}>");
}

void append_range(TextBuilder& out, const RangeObject& range) {
  out.append("range(" + print_integer(range.start) + ", " + print_integer(range.stop));
  if (range.step != 1) out.append(", " + print_integer(range.step));
  out.append(")");
}

void append_object(TextBuilder& out, Runtime& runtime, const Value& value) {
  const Nesting nesting(runtime);
  switch (value.kind()) {
    case Kind::List:
    case Kind::Tuple:
      return append_items(out, runtime, value.as<ListObject>());
    case Kind::Dict:
      return append_entries(out, runtime, value.as<DictObject>());
    case Kind::Range:
      return append_range(out, value.as<RangeObject>());
    case Kind::View:
      return append_view(out, runtime, value.as<ViewObject>());
    case Kind::Namespace:
      return append_namespace(out, runtime, value.as<NamespaceObject>());
    case Kind::Loop: {
      auto& loop = value.as<LoopObject>();
      return out.append(format("<LoopContext {}/{}>", loop.count, loop.length(runtime)));
    }
    case Kind::Callable:
      return out.append(value.as<CallableObject>().printed());
    case Kind::Bytes:
      return out.append(quote_bytes(value.as<BytesObject>().text.bytes),
                        value.as<BytesObject>().text.origin());
    default:
      // Python prints an address here, which is no text to send to a model.
      runtime.fail(Fault::Unsupported,
                   format("a {} has no text; use the filter 'list' first", type_name(value)));
  }
}

}  // namespace

std::string print_integer(Integer value) {
  std::array<char, 48> buffer;
  std::size_t at = buffer.size();
  const bool negative = value < 0;
  do {
    const auto digit = static_cast<int>(value % 10);
    buffer[--at] = static_cast<char>('0' + (digit < 0 ? -digit : digit));
    value /= 10;
  } while (value != 0);
  if (negative) buffer[--at] = '-';
  return std::string(buffer.data() + at, buffer.size() - at);
}

std::string print_float(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::scientific);
  const std::string_view shortest(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
  const auto mark = shortest.find('e');
  int exponent = 0;
  const char* digits_of_exponent = shortest.data() + mark + (shortest[mark + 1] == '+' ? 2 : 1);
  std::from_chars(digits_of_exponent, shortest.data() + shortest.size(), exponent);
  if (exponent >= -4 && exponent < 16) {
    const auto fixed_end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                         std::chars_format::fixed);
    std::string out(buffer.data(), fixed_end.ptr);
    return out.find('.') == std::string::npos ? out + ".0" : out;
  }
  std::string out(shortest.substr(0, mark + 2));
  const std::string_view power = shortest.substr(mark + 2);
  return out.append(power.size() < 2 ? "0" : "").append(power);
}

void append_str(TextBuilder& out, Runtime& runtime, const Value& value) {
  if (value.is_text()) return out.append(value.text());
  if (value.is_undefined()) return;
  append_repr(out, runtime, value);
}

void append_repr(TextBuilder& out, Runtime& runtime, const Value& value) {
  runtime.step();
  switch (value.kind()) {
    case Kind::Undefined:
      return out.append("Undefined");
    case Kind::None:
      return out.append("None");
    case Kind::Bool:
      return out.append(value.boolean() ? "True" : "False");
    case Kind::Int:
      return out.append(print_integer(value.integer()));
    case Kind::Float:
      return out.append(print_float(value.real()));
    case Kind::Text: {
      const Text& text = value.text();
      runtime.charge_characters(text.bytes.size());
      if (text.markup) out.append("Markup(");
      out.append(quote(text.bytes), text.origin());
      if (text.markup) out.append(")");
      return;
    }
    default:
      return append_object(out, runtime, value);
  }
}

TextPtr str(Runtime& runtime, const Value& value) {
  if (value.is_text() && !value.text().markup) return value.text_ptr();
  TextBuilder out(runtime);
  append_str(out, runtime, value);
  return std::make_shared<const Text>(out.take());
}

Text repr(Runtime& runtime, const Value& value) {
  TextBuilder out(runtime);
  append_repr(out, runtime, value);
  return out.take();
}

}  // namespace bantam::jinja
