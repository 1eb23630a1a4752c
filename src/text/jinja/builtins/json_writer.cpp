#include "text/jinja/builtins/json_writer.h"

#include <cmath>
#include <cstdio>

#include "base/format.h"
#include "text/jinja/values/compare.h"
#include "text/jinja/values/print.h"
#include "text/jinja/values/sort.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

void append_unicode_escape(std::string& out, unsigned unit) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "\\u%04x", unit & 0xFFFF);
  out += buffer;
}

void append_character(std::string& out, std::string_view bytes, CodePoint c, bool ensure_ascii) {
  switch (c.value) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      break;
  }
  const auto code = static_cast<unsigned>(c.value);
  if (code >= 0x20 && (code < 0x7F || !ensure_ascii)) {
    out += bytes;
  } else if (code == 0x7F) {
    out += '\x7F';
  } else if (code < 0x10000) {
    append_unicode_escape(out, code);
  } else {
    append_unicode_escape(out, 0xD800 + ((code - 0x10000) >> 10));
    append_unicode_escape(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
  }
}

class Writer {
 public:
  Writer(Runtime& runtime, const JsonLayout& layout)
      : runtime_(runtime), layout_(layout), out_(runtime) {}

  void write(const Value& value) {
    runtime_.step();
    switch (value.kind()) {
      case Kind::None:
        return out_.append("null");
      case Kind::Bool:
        return out_.append(value.boolean() ? "true" : "false");
      case Kind::Int:
        return out_.append(print_integer(value.integer()));
      case Kind::Float:
        return out_.append(real(value.real()));
      case Kind::Text:
        return string(value.text());
      case Kind::List:
      case Kind::Tuple:
        return list(value.as<ListObject>());
      case Kind::Dict:
        return dict(value.as<DictObject>());
      default:
        runtime_.fail_type(format("Object of type {} is not JSON serializable", type_name(value)));
    }
  }

  Value take() { return out_.value(); }

 private:
  static std::string real(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    return print_float(value);
  }

  void string(const Text& text) {
    runtime_.charge_characters(text.bytes.size());
    std::string escaped = "\"";
    for (std::size_t at = 0; at < text.bytes.size();) {
      const CodePoint c = decode_at(text.bytes, at);
      append_character(escaped, std::string_view(text.bytes).substr(at, c.length), c,
                       layout_.ensure_ascii);
      at += c.length;
    }
    out_.append(escaped += '"', text.origin());
  }

  void line_break() {
    if (!layout_.indent) return;
    out_.append("\n");
    for (int i = 0; i < depth_; ++i) out_.append(*layout_.indent);
  }

  // Between two items. With an indent Python leaves out the blank after the comma.
  void separate(bool first) {
    if (!first) out_.append(layout_.item_separator);
    line_break();
  }

  void list(const ListObject& list) {
    if (list.items.empty()) return out_.append("[]");
    const Nesting nesting(runtime_);
    out_.append("[");
    ++depth_;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      separate(i == 0);
      write(list.items[i]);
    }
    --depth_;
    line_break();
    out_.append("]");
  }

  void dict(const DictObject& dict) {
    if (dict.entries().empty()) return out_.append("{}");
    const Nesting nesting(runtime_);
    const auto& entries = dict.entries();
    runtime_.charge(entries.size() * 2 * sizeof(std::size_t));
    const auto order = sorted_order(entries.size(), [&](std::size_t left, std::size_t right) {
      return layout_.sort_keys && less(runtime_, entries[left].first, entries[right].first);
    });
    out_.append("{");
    ++depth_;
    for (const std::size_t index : order) {
      separate(index == order.front());
      key(entries[index].first);
      out_.append(layout_.key_separator);
      write(entries[index].second);
    }
    --depth_;
    line_break();
    out_.append("}");
  }

  void key(const Value& key) {
    switch (key.kind()) {
      case Kind::Text:
        return string(key.text());
      case Kind::None:
      case Kind::Bool:
      case Kind::Int:
      case Kind::Float:
        out_.append("\"");
        write(key);
        return out_.append("\"");
      default:
        runtime_.fail_type(
            format("keys must be str, int, float, bool or None, not {}", type_name(key)));
    }
  }

  Runtime& runtime_;
  const JsonLayout& layout_;
  TextBuilder out_;
  int depth_ = 0;
};

}  // namespace

Value write_json(Runtime& runtime, const Value& value, const JsonLayout& layout) {
  Writer writer(runtime, layout);
  writer.write(value);
  return writer.take();
}

}  // namespace bantam::jinja
