#include "text/gotemplate/json.h"

#include <cstdio>

#include "base/format.h"
#include "base/utf8.h"
#include "text/gotemplate/numbers.h"

namespace bantam::gotemplate {
namespace {

using jinja::Nesting;
using jinja::Runtime;
using jinja::TextBuilder;

// The escape of one character; empty if it stands for itself.
std::string escape(char32_t c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      break;
  }
  if (c >= 0x20 && c != '<' && c != '>' && c != '&' && c != 0x2028 && c != 0x2029) return "";
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(c));
  return buffer;
}

struct Writer {
  Runtime& runtime;
  TextBuilder& out;

  void operator()(Nothing) const { out.append("null"); }
  void operator()(NilInterface) const { out.append("null"); }
  void operator()(bool is) const { out.append(is ? "true" : "false"); }
  void operator()(std::int64_t number) const { out.append(to_text(number)); }
  void operator()(double number) const { out.append(json_number(number), Origin::User); }
  void operator()(const TextPtr& text) const { write_text(*text); }

  void operator()(const SlicePtr& slice) const {
    if (slice->style == Style::Type && slice->items.size() == 1) return write(slice->items[0]);
    if (slice->is_nil) return out.append("null");
    out.append("[");
    for (std::size_t i = 0; i < slice->items.size(); ++i) {
      if (i > 0) out.append(",");
      write(slice->items[i]);
    }
    out.append("]");
  }

  void operator()(const MapPtr& map) const {
    if (map->is_nil) return out.append("null");
    out.append("{");
    bool is_first = true;
    for (const auto& [key, value] : map->entries) {
      if (!std::exchange(is_first, false)) out.append(",");
      write_text(*key);
      out.append(":");
      write(value);
    }
    out.append("}");
  }

  void operator()(const RecordPtr& record) const {
    out.append("{");
    bool is_first = true;
    for (const Record::Field& field : record->fields) {
      const bool is_empty = !is_true(field.value);
      if (field.omits_empty && is_empty) continue;
      if (!std::exchange(is_first, false)) out.append(",");
      out.append("\"");
      out.append(field.json_name);
      out.append("\":");
      write(field.value);
    }
    out.append("}");
  }

  void write(const Value& value) const {
    const Nesting nesting(runtime);
    runtime.step();
    std::visit(*this, value);
  }

  void write_text(const Text& text) const {
    runtime.charge_characters(text.bytes.size());
    out.append("\"");
    std::size_t kept = 0;  // from here on nothing is written yet
    for (std::size_t at = 0; at < text.bytes.size();) {
      const auto step = read_utf8(std::string_view(text.bytes).substr(at));
      const bool is_broken = step.kind != Utf8Step::Kind::Character;
      const std::string other = is_broken ? "\\ufffd" : escape(step.value);
      if (!other.empty()) {
        out.append(text, kept, at);
        out.append(other, text.origin());
        kept = at + step.length;
      }
      at += step.length;
    }
    out.append(text, kept, text.bytes.size());
    out.append("\"");
  }
};

}  // namespace

void write_json(Runtime& runtime, TextBuilder& out, const Value& value) {
  Writer{runtime, out}.write(value);
}

void write_type(TextBuilder& out, const Slice& type) {
  if (type.items.empty()) return;
  if (type.items.size() != 1) out.append("[");
  bool is_first = true;
  for (const Value& name : type.items) {
    if (!std::exchange(is_first, false)) out.append(" ");
    if (const Text* text = as_text(name)) out.append(*text);
  }
  if (type.items.size() != 1) out.append("]");
}

}  // namespace bantam::gotemplate
