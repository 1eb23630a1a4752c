#include "text/gotemplate/format.h"

#include <algorithm>

#include "base/format.h"
#include "text/gotemplate/format_spec.h"
#include "text/gotemplate/json.h"

namespace bantam::gotemplate {
namespace {

using jinja::Fault;
using jinja::Nesting;

// Ollama's types that print themselves; nothing for the others.
std::optional<Text> own_text(Runtime& runtime, const Value& value) {
  const auto* slice = std::get_if<SlicePtr>(&value);
  const auto* map = std::get_if<MapPtr>(&value);
  const auto* record = std::get_if<RecordPtr>(&value);
  const Style style = slice    ? (*slice)->style
                      : map    ? (*map)->style
                      : record ? (*record)->style
                               : Style::Plain;
  if (style == Style::Plain) return std::nullopt;
  TextBuilder out(runtime);
  if (style == Style::Type) {
    write_type(out, **slice);
  } else if (map != nullptr && (*map)->is_nil) {
    out.append("{}");
  } else {
    write_json(runtime, out, value);
  }
  return out.take();
}

struct Formatter {
  Runtime& runtime;
  TextBuilder& out;
  const FormatSpec& spec;
  int depth;

  bool operator()(Nothing) const { return nil(); }
  bool operator()(NilInterface) const { return nil(); }
  bool operator()(bool value) const { return format_bool(out, value, spec); }
  bool operator()(std::int64_t value) const { return format_integer(out, value, spec); }
  bool operator()(double value) const { return format_real(out, value, spec); }
  bool operator()(const TextPtr& text) const { return format_text(runtime, out, *text, spec); }

  bool operator()(const SlicePtr& slice) const {
    out.append("[");
    bool is_first = true;
    for (const Value& item : slice->items) {
      if (!std::exchange(is_first, false)) out.append(" ");
      format_value(runtime, out, item, spec, depth + 1);
    }
    out.append("]");
    return true;
  }

  bool operator()(const MapPtr& map) const {
    out.append("map[");
    bool is_first = true;
    for (const auto& [key, value] : map->entries) {
      if (!std::exchange(is_first, false)) out.append(" ");
      format_value(runtime, out, key, spec, depth + 1);
      out.append(":");
      format_value(runtime, out, value, spec, depth + 1);
    }
    out.append("]");
    return true;
  }

  bool operator()(const RecordPtr& record) const {
    if (record->is_pointer && depth > 0) {
      runtime.fail(Fault::Value, format("{} would print as an address", record->type));
    }
    out.append(record->is_pointer ? "&{" : "{");
    bool is_first = true;
    for (const Record::Field& field : record->fields) {
      if (!std::exchange(is_first, false)) out.append(" ");
      if (spec.names_fields) {
        out.append(field.name);
        out.append(":");
      }
      format_value(runtime, out, field.value, spec, depth + 1);
    }
    out.append("}");
    return true;
  }

  bool nil() const {
    if (spec.verb != 'v' && depth == 0) return false;
    FormatSpec around = spec;
    around.verb = 'v';
    around.precision.reset();
    if (depth > 0) around.width.reset();
    return format_text(runtime, out, *as_text(text_value(std::string("<nil>"))), around);
  }
};

void report_bad_verb(Runtime& runtime, TextBuilder& out, const Value& value, const FormatSpec& spec,
                     int depth) {
  out.append("%!");
  out.append(std::string(1, spec.verb));
  out.append("(");
  if (is_nothing(value)) {
    out.append("<nil>");
  } else {
    out.append(type_name(value) + "=");
    FormatSpec plain = spec;
    plain.verb = 'v';
    format_value(runtime, out, value, plain, depth);
  }
  out.append(")");
}

}  // namespace

void format_value(Runtime& runtime, TextBuilder& out, const Value& value, const FormatSpec& spec,
                  int depth) {
  const Nesting nesting(runtime);
  runtime.step();
  const bool takes_text = std::string_view("vsxXq").find(spec.verb) != std::string_view::npos;
  if (const auto own = takes_text ? own_text(runtime, value) : std::nullopt) {
    format_text(runtime, out, *own, spec);
    return;
  }
  if (!std::visit(Formatter{runtime, out, spec, depth}, value)) {
    report_bad_verb(runtime, out, value, spec, depth);
  }
}

void print_value(Runtime& runtime, TextBuilder& out, const Value& value) {
  if (is_nothing(value)) return out.append("<no value>");
  const auto* record = std::get_if<RecordPtr>(&value);
  if (record != nullptr && (*record)->is_pointer) {
    Record pointee = **record;
    pointee.is_pointer = false;
    return format_value(runtime, out, std::make_shared<const Record>(std::move(pointee)), {});
  }
  format_value(runtime, out, value, {});
}

Text sprint(Runtime& runtime, std::span<const Value> values) {
  TextBuilder out(runtime);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_between = i > 0 && !as_text(values[i]) && !as_text(values[i - 1]);
    if (is_between) out.append(" ");
    format_value(runtime, out, values[i], {});
  }
  return out.take();
}

Text sprintln(Runtime& runtime, std::span<const Value> values) {
  TextBuilder out(runtime);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out.append(" ");
    format_value(runtime, out, values[i], {});
  }
  out.append("\n");
  return out.take();
}

}  // namespace bantam::gotemplate
