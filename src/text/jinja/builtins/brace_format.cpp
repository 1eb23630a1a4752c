// pattern.format(values).
#include <algorithm>
#include <charconv>

#include "base/format.h"
#include "text/jinja/builtins/attributes.h"
#include "text/jinja/builtins/formatting.h"
#include "text/jinja/builtins/layout.h"
#include "text/jinja/values/operators.h"
#include "text/jinja/values/print.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

Value format_value(Runtime& runtime, const Value& value, std::string_view spec) {
  if (spec.empty()) return Value(str(runtime, value));
  const Layout layout = parse_layout(runtime, spec);
  const bool integral = value.is(Kind::Int) || value.is(Kind::Bool);
  if (integral && (layout.type == 0 ? value.is(Kind::Int) : is_one_of(layout.type, "dxXob"))) {
    return laid_out_number(runtime, layout, integer_number(value.integer(), layout));
  }
  if (value.is_number() &&
      (layout.type == 0 ? value.is(Kind::Float) : is_one_of(layout.type, "eEfFgG%"))) {
    return laid_out_number(runtime, layout, real_number(value.real(), layout));
  }
  if (!(value.is_text() || value.is(Kind::Bool)) || (layout.type != 0 && layout.type != 's')) {
    runtime.fail(Fault::Value, format("format specification {} does not fit an object of type '{}'",
                                      quoted(spec), type_name(value)));
  }
  return laid_out_text(runtime, layout, str(runtime, value));
}

class BraceFormatter {
 public:
  BraceFormatter(Runtime& runtime, const Value& pattern, Arguments& arguments)
      : runtime_(runtime), pattern_(pattern.text()), arguments_(arguments), out_(runtime) {}

  Value run() {
    const std::string& bytes = pattern_.bytes;
    std::size_t at = 0;
    while (at < bytes.size()) {
      const std::size_t brace = std::min(bytes.find_first_of("{}", at), bytes.size());
      out_.append(pattern_, at, brace);
      at = brace;
      if (at == bytes.size()) break;
      if (at + 1 < bytes.size() && bytes[at + 1] == bytes[at]) {
        out_.append(pattern_, at, at + 1);
        at += 2;
      } else if (bytes[at] == '}') {
        runtime_.fail(Fault::Value, "Single '}' encountered in format string");
      } else {
        at = replacement(at + 1);
      }
    }
    Text text = out_.take();
    text.markup = pattern_.markup;
    return Value(std::make_shared<const Text>(std::move(text)));
  }

 private:
  // The end of a replacement field, whose specification may hold fields of its own.
  std::size_t closing(std::size_t at) {
    int depth = 1;
    for (; at < pattern_.bytes.size(); ++at) {
      if (pattern_.bytes[at] == '{') ++depth;
      if (pattern_.bytes[at] == '}' && --depth == 0) return at;
    }
    runtime_.fail(Fault::Value, "expected '}' before end of string");
  }

  std::size_t replacement(std::size_t at) {
    const std::size_t end = closing(at);
    const auto field = std::string_view(pattern_.bytes).substr(at, end - at);
    const std::size_t colon = std::min(field.find(':'), field.size());
    const std::size_t bang = std::min(field.substr(0, colon).find('!'), colon);
    Value value = look_up(field.substr(0, bang));
    if (bang < colon) {
      const auto conversion = field.substr(bang + 1, colon - bang - 1);
      if (conversion == "r" || conversion == "a") {
        value = runtime_.make_text(repr(runtime_, value));
      } else if (conversion == "s") {
        value = Value(str(runtime_, value));
      } else {
        runtime_.fail(Fault::Value, "unknown conversion specifier in format string");
      }
    }
    const std::string spec =
        colon < field.size() ? specification(field.substr(colon + 1)) : std::string();
    Value printed = format_value(runtime_, value, spec);
    if (pattern_.markup) printed = escape_html(runtime_, spec.empty() ? value : printed);
    out_.append(printed.text());
    return end + 1;
  }

  // A specification with its own fields filled in; those have none in turn.
  std::string specification(std::string_view spec) {
    std::string out;
    for (std::size_t at = 0; at < spec.size();) {
      if (spec[at] != '{') {
        out += spec[at++];
        continue;
      }
      const std::size_t end = spec.find('}', at);
      if (end == std::string_view::npos)
        runtime_.fail(Fault::Value, "expected '}' before end of string");
      out += str(runtime_, look_up(spec.substr(at + 1, end - at - 1)))->bytes;
      at = end + 1;
    }
    return out;
  }

  Value base(std::string_view name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) {
      std::size_t index = automatic_;
      if (name.empty()) {
        ++automatic_;
      } else {
        std::from_chars(name.data(), name.data() + name.size(), index);
      }
      if (index >= arguments_.positional.size()) {
        runtime_.fail(Fault::Value, "Replacement index out of range for positional args tuple");
      }
      return arguments_.positional[index];
    }
    for (const auto& [key, value] : arguments_.named) {
      if (key->bytes == name) return value;
    }
    runtime_.fail(Fault::Value, format("KeyError: {}", quoted(name)));
  }

  // name(.attribute | [key])*
  Value look_up(std::string_view path) {
    std::size_t at = std::min(path.find_first_of(".["), path.size());
    Value value = base(path.substr(0, at));
    while (at < path.size()) {
      runtime_.step();
      if (path[at] == '.') {
        const std::size_t end = std::min(path.find_first_of(".[", at + 1), path.size());
        value = get_attribute(runtime_, value, path.substr(at + 1, end - at - 1));
        at = end;
        continue;
      }
      const std::size_t end = path[at] == '[' ? path.find(']', at) : std::string_view::npos;
      if (end == std::string_view::npos)
        runtime_.fail(Fault::Value, "Missing ']' in format string");
      const auto key = path.substr(at + 1, end - at - 1);
      std::size_t index = 0;
      const auto parsed = std::from_chars(key.data(), key.data() + key.size(), index);
      const bool numeric = !key.empty() && parsed.ptr == key.data() + key.size();
      value = get_item(runtime_, value,
                       numeric ? Value::of(index) : runtime_.make_text(std::string(key)));
      at = end + 1;
    }
    return value;
  }

  Runtime& runtime_;
  const Text& pattern_;
  Arguments& arguments_;
  TextBuilder out_;
  std::size_t automatic_ = 0;
};

}  // namespace

Value brace_format(Runtime& runtime, const Value& pattern, Arguments& arguments) {
  return BraceFormatter(runtime, pattern, arguments).run();
}

}  // namespace bantam::jinja
