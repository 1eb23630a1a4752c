// Filters that make texts of texts.
#include <algorithm>
#include <optional>

#include "base/format.h"
#include "text/jinja/builtins/filters.h"
#include "text/jinja/builtins/formatting.h"
#include "text/jinja/builtins/json_writer.h"
#include "text/jinja/builtins/text_pieces.h"
#include "text/jinja/values/compare.h"
#include "text/jinja/values/iterate.h"
#include "text/jinja/values/operators.h"
#include "text/jinja/values/print.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

template <std::string (*transform)(std::string_view)>
Value cased(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "filter", arguments, {});
  return transformed(runtime, *soft_str(runtime, value), transform);
}

// Unlike str.title, words start only after blanks, hyphens and opening brackets.
std::string title_words(std::string_view bytes) {
  std::string out;
  std::size_t at = 0;
  const auto separates = [&](std::size_t i) {
    const char32_t c = decode_at(bytes, i).value;
    return is_space(c) || c == '-' || c == '(' || c == '{' || c == '[' || c == '<';
  };
  while (at < bytes.size()) {
    if (separates(at)) {
      const std::size_t length = decode_at(bytes, at).length;
      out += bytes.substr(at, length);
      at += length;
      continue;
    }
    const std::size_t first = decode_at(bytes, at).length;
    std::size_t end = at + first;
    while (end < bytes.size() && !separates(end)) end += decode_at(bytes, end).length;
    out += to_upper(bytes.substr(at, first));
    out += to_lower(bytes.substr(at + first, end - at - first));
    at = end;
  }
  return out;
}

Value trim(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "trim", arguments, {"chars"});
  const Text* set = parameters.given(0) != nullptr ? parameters.text(0).get() : nullptr;
  return strip(runtime, soft_str(runtime, value), set, Side::Both);
}

Value replace_all(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "replace", arguments, {"old", "new", "count"}, 2);
  const Integer most = parameters.given(2) != nullptr ? parameters.integer(2, -1) : -1;
  if (!runtime.autoescape) {
    return replace(runtime, *str(runtime, value), *str(runtime, *parameters[0]),
                   *str(runtime, *parameters[1]), most);
  }
  const TextPtr text = escape_html(runtime, value).text_ptr();
  return with_markup(replace(runtime, *text, *soft_str(runtime, *parameters[0]),
                             *escape_html(runtime, *parameters[1]).text_ptr(), most),
                     true);
}

Value join_all(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "join", arguments, {"d", "attribute"});
  const Getter get = attribute_getter(runtime, parameters.given(1));
  const TextPtr separator = parameters[0] != nullptr ? soft_str(runtime, *parameters[0])
                                                     : runtime.make_text("").text_ptr();
  TextBuilder out(runtime);
  IteratorObject& items = iterate(runtime, value);
  Value item;
  for (bool first = true; next(runtime, items, item); first = false) {
    const bool escape = runtime.autoescape;
    if (!first) out.append(escape ? escape_html(runtime, Value(separator)).text() : *separator);
    item = get(item);
    append_str(out, runtime, escape ? escape_html(runtime, item) : item);
  }
  return with_markup(out.value(), runtime.autoescape);
}

Value indent(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "indent", arguments, {"width", "first", "blank"});
  if (value.is_undefined()) runtime.fail_undefined(value);
  if (!value.is_text()) runtime.fail_type(format("can only indent str, not {}", type_name(value)));
  TextPtr margin;
  if (parameters[0] != nullptr && parameters[0]->is_text()) {
    margin = parameters[0]->text_ptr();
  } else {
    Text blank;
    blank.append(" ", Origin::Template);
    TextBuilder blanks(runtime);
    blanks.append_repeated(blank, parameters.count(0, 4));
    margin = blanks.value().text_ptr();
  }
  TextBuilder with_end(runtime);  // a last empty line counts as a line
  with_end.append(value.text());
  with_end.append("\n");
  const auto lines = split_lines(runtime, with_end.value().text_ptr(), false);
  TextBuilder out(runtime);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool empty = lines[i].text().bytes.empty();
    if (i > 0) out.append("\n");
    const bool wanted = i == 0 ? parameters.truth(1, false) : !empty || parameters.truth(2, false);
    if (wanted) out.append(*margin);
    out.append(lines[i].text());
  }
  return with_markup(out.value(), value.text().markup);
}

Value to_string(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "string", arguments, {});
  return Value(soft_str(runtime, value));
}

Value format_percent(Runtime& runtime, const Value& value, Arguments& arguments) {
  if (!arguments.positional.empty() && !arguments.named.empty()) {
    runtime.fail_type("can't handle positional and keyword arguments at the same time");
  }
  const Value pattern(soft_str(runtime, value));
  if (arguments.named.empty()) {
    return percent_format(runtime, pattern,
                          Value(runtime.make_list(arguments.positional, Kind::Tuple)));
  }
  auto* names = runtime.make<DictObject>();
  for (const auto& [name, argument] : arguments.named) names->set(runtime, Value(name), argument);
  return percent_format(runtime, pattern, Value(names));
}

Value center(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "center", arguments, {"width"});
  Text blank;
  blank.append(" ", Origin::Template);
  return pad(runtime, *soft_str(runtime, value), parameters.count(0, 80), blank, Side::Both);
}

// Bytes of the first `characters` of a text.
std::size_t prefix(const Text& text, std::size_t characters) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < characters && at < text.bytes.size(); ++i) {
    at += decode_at(text.bytes, at).length;
  }
  return at;
}

Value truncate(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "truncate", arguments,
                              {"length", "killwords", "end", "leeway"});
  const TextPtr end =
      parameters[2] != nullptr ? parameters.text(2) : runtime.make_text("...").text_ptr();
  const std::size_t length = parameters.count(0, 255);
  const std::size_t leeway = parameters.given(3) != nullptr ? parameters.count(3, 5) : 5;
  const std::size_t end_length = count_code_points(end->bytes);
  if (length < end_length) {
    runtime.fail(Fault::Value, format("expected length >= {}, got {}", end_length, length));
  }
  std::size_t size = 0;
  if (!length_of(value, size)) {
    runtime.fail_type(format("object of type '{}' has no len()", type_name(value)));
  }
  if (size <= length + leeway) return value;
  if (!value.is_text()) runtime.fail_type(format("cannot truncate a {}", type_name(value)));
  const TextPtr& text = value.text_ptr();
  runtime.charge(text->bytes.size());
  std::size_t cut = prefix(*text, length - end_length);
  if (!parameters.truth(1, false)) {
    const std::size_t blank = std::string_view(text->bytes).substr(0, cut).rfind(' ');
    if (blank != std::string_view::npos) cut = blank;
  }
  TextBuilder out(runtime);
  out.append(*text, 0, cut);
  out.append(*end);
  return out.value();
}

// Chunks as Python's textwrap splits a line: blanks, and words that may end after a hyphen.
std::vector<ByteSpan> wrap_chunks(std::string_view line, bool break_on_hyphens) {
  std::vector<ByteSpan> chunks;
  std::size_t start = 0;
  const auto blank = [&](std::size_t at) { return is_space(decode_at(line, at).value); };
  while (start < line.size()) {
    std::size_t end = start;
    const bool blanks = blank(start);
    while (end < line.size() && blank(end) == blanks) {
      const std::size_t length = decode_at(line, end).length;
      const bool hyphen = break_on_hyphens && !blanks && line[end] == '-' && end > start &&
                          is_alpha(decode_before(line, end).value) && end + 1 < line.size() &&
                          is_alpha(decode_at(line, end + 1).value);
      end += length;
      if (hyphen) break;
    }
    chunks.push_back({start, end});
    start = end;
  }
  return chunks;
}

class LineWrapper {
 public:
  LineWrapper(Runtime& runtime, TextBuilder& out, const Text& separator, std::size_t width,
              bool break_long)
      : runtime_(runtime),
        out_(out),
        separator_(separator),
        width_(width),
        break_long_(break_long) {}

  void wrap(const Text& line, bool break_on_hyphens) {
    line_ = &line;
    bool first_line = true;
    std::size_t used = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
    const auto flush = [&] {
      while (end > begin && is_space(decode_before(line.bytes, end).value)) {
        end -= decode_before(line.bytes, end).length;
      }
      if (end > begin) emit(begin, end);
      first_line = false;
      used = 0;
    };
    for (ByteSpan chunk : wrap_chunks(line.bytes, break_on_hyphens)) {
      runtime_.step();
      std::size_t length = count(chunk);
      const bool blanks = is_space(decode_at(line.bytes, chunk.begin).value);
      if (used > 0 && used + length > width_) flush();
      if (used == 0 && blanks && !first_line) continue;
      while (break_long_ && used == 0 && length > width_) {
        const std::size_t cut = chunk.begin + prefix_from(chunk.begin);
        begin = chunk.begin;
        end = cut;
        flush();
        chunk.begin = cut;
        length = count(chunk);
      }
      if (used == 0) begin = chunk.begin;
      end = chunk.end;
      used += length;
    }
    if (used > 0) flush();
  }

 private:
  std::size_t count(ByteSpan span) const {
    return count_code_points(
        std::string_view(line_->bytes).substr(span.begin, span.end - span.begin));
  }
  std::size_t prefix_from(std::size_t at) const {
    std::size_t end = at;
    for (std::size_t i = 0; i < width_; ++i) end += decode_at(line_->bytes, end).length;
    return end - at;
  }
  void emit(std::size_t begin, std::size_t end) {
    if (any_) out_.append(separator_);
    any_ = true;
    out_.append(*line_, begin, end);
  }

  Runtime& runtime_;
  TextBuilder& out_;
  const Text& separator_;
  std::size_t width_;
  bool break_long_;
  const Text* line_ = nullptr;
  bool any_ = false;
};

Value wordwrap(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "wordwrap", arguments,
                              {"width", "break_long_words", "wrapstring", "break_on_hyphens"});
  const TextPtr separator =
      parameters.given(2) != nullptr ? parameters.text(2) : runtime.make_text("\n").text_ptr();
  const std::size_t width = parameters.count(0, 79);
  if (width == 0) runtime.fail(Fault::Value, "invalid width 0 (must be > 0)");
  if (value.is_undefined()) runtime.fail_undefined(value);
  if (!value.is_text()) runtime.fail_type(format("cannot wrap a {}", type_name(value)));
  TextBuilder out(runtime);
  bool first = true;
  for (const Value& line : split_lines(runtime, value.text_ptr(), false)) {
    if (!first) out.append(*separator);
    first = false;
    LineWrapper wrapper(runtime, out, *separator, width, parameters.truth(1, true));
    wrapper.wrap(line.text(), parameters.truth(3, true));
  }
  return out.value();
}

Value wordcount(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "wordcount", arguments, {});
  const TextPtr text = soft_str(runtime, value);
  runtime.charge_characters(text->bytes.size());
  std::size_t words = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text->bytes.size();) {
    const CodePoint c = decode_at(text->bytes, at);
    const bool word = is_alpha(c.value) || is_numeric(c.value) || c.value == '_';
    words += word && !inside;
    inside = word;
    at += c.length;
  }
  return Value::of(words);
}

std::string json_separator(Runtime& runtime, const Value& value) {
  if (!value.is_text()) runtime.fail_type("tojson() separators must be str");
  return value.text().bytes;
}

Value tojson(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "tojson", arguments,
                              {"ensure_ascii", "indent", "separators", "sort_keys"});
  JsonLayout layout;
  layout.ensure_ascii = parameters.truth(0, false);
  layout.sort_keys = parameters.truth(3, false);
  if (const Value* indent = parameters.given(1)) {
    constexpr std::size_t kWidest = 64;
    layout.indent = indent->is_text() ? indent->text().bytes : std::string();
    if (!indent->is_text()) layout.indent->assign(std::min(parameters.count(1, 0), kWidest), ' ');
    layout.item_separator = std::string(1, ',');
  }
  if (const Value* separators = parameters.given(2)) {
    const auto parts = collect(runtime, *separators);
    if (parts.size() != 2) runtime.fail(Fault::Value, "tojson() takes two separators");
    layout.item_separator = json_separator(runtime, parts[0]);
    layout.key_separator = json_separator(runtime, parts[1]);
  }
  return write_json(runtime, value, layout);
}

constexpr Builtin kFilters[] = {
    {"upper", cased<to_upper>},
    {"lower", cased<to_lower>},
    {"capitalize", cased<to_capitalized>},
    {"title", cased<title_words>},
    {"trim", trim},
    {"replace", replace_all},
    {"join", join_all},
    {"tojson", tojson},
    {"string", to_string},
    {"indent", indent},
    {"format", format_percent},
    {"center", center},
    {"truncate", truncate},
    {"wordwrap", wordwrap},
    {"wordcount", wordcount},
};

}  // namespace

std::span<const Builtin> text_filters() { return kFilters; }

}  // namespace bantam::jinja
