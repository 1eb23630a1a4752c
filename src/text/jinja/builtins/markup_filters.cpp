// Filters for HTML and URLs, which chat templates hardly use.
#include <algorithm>

#include "base/format.h"
#include "text/jinja/builtins/filters.h"
#include "text/jinja/builtins/text_pieces.h"
#include "text/jinja/values/compare.h"
#include "text/jinja/values/iterate.h"
#include "text/jinja/values/operators.h"
#include "text/jinja/values/print.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

Value safe(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "safe", arguments, {});
  return with_markup(Value(soft_str(runtime, value)), true);
}

Value escape(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "escape", arguments, {});
  return escape_html(runtime, value);
}

Value forceescape(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "forceescape", arguments, {});
  return escape_html(runtime, Value(str(runtime, value)));
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

void append_quoted(TextBuilder& out, const Text& text, bool for_query) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string quoted_text;
  for (const char c : text.bytes) {
    if (is_unreserved(c) || (c == '/' && !for_query)) {
      quoted_text += c;
    } else if (c == ' ' && for_query) {
      quoted_text += '+';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      quoted_text += '%';
      quoted_text += kHex[byte >> 4];
      quoted_text += kHex[byte & 15];
    }
  }
  out.append(quoted_text, text.origin());
}

Value urlencode(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "urlencode", arguments, {});
  TextBuilder out(runtime);
  if (value.is_text() || !is_iterable(value)) {
    append_quoted(out, *str(runtime, value), false);
    return out.value();
  }
  Value pairs = value;
  if (value.is(Kind::Dict)) {
    pairs = Value(runtime.make<ViewObject>(value.as<DictObject>(), ViewObject::Part::Items));
  }
  IteratorObject& items = iterate(runtime, pairs);
  Value pair;
  for (bool first = true; next(runtime, items, pair); first = false) {
    const auto parts = collect(runtime, pair);
    if (parts.size() != 2) runtime.fail(Fault::Value, "urlencode needs pairs");
    if (!first) out.append("&");
    append_quoted(out, *str(runtime, parts[0]), true);
    out.append("=");
    append_quoted(out, *str(runtime, parts[1]), true);
  }
  return out.value();
}

Value xmlattr(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "xmlattr", arguments, {"autospace"});
  if (!value.is(Kind::Dict)) runtime.fail_type("xmlattr needs a dict");
  TextBuilder out(runtime);
  bool blank = parameters.truth(0, true);
  for (const auto& [key, content] : value.as<DictObject>().entries()) {
    runtime.step();
    if (content.is_none() || content.is_undefined()) continue;
    if (!key.is_text()) runtime.fail_type("xmlattr needs keys that are str");
    const TextPtr name = str(runtime, key);
    if (name->bytes.find_first_of(" \t\n\r\f\v/>=") != std::string::npos) {
      runtime.fail(Fault::Value,
                   format("Invalid character in attribute name: {}", quoted(name->bytes)));
    }
    if (blank) out.append(" ");
    blank = true;
    out.append(escape_html(runtime, Value(name)).text());
    out.append("=\"");
    out.append(escape_html(runtime, content).text());
    out.append("\"");
  }
  return with_markup(out.value(), runtime.autoescape);
}

std::string without_tags(std::string_view bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size();) {
    const bool comment = bytes.substr(at, 4) == "<!--";
    const std::size_t end =
        bytes[at] == '<' ? bytes.find(comment ? "-->" : ">", at) : std::string::npos;
    if (end != std::string::npos) {
      at = end + (comment ? 3 : 1);
    } else {
      if (bytes[at] == '<') return out.append(bytes.substr(at));
      out += bytes[at++];
    }
  }
  return out;
}

// The entities that escape makes, and a few more by name; numeric ones too.
std::string unescaped(std::string_view bytes) {
  constexpr std::pair<std::string_view, char> kNamed[] = {
      {"amp;", '&'},   {"lt;", '<'},   {"gt;", '>'}, {"quot;", '"'},
      {"apos;", '\''}, {"#39;", '\''}, {"#34;", '"'}};
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const auto* entity = bytes[at] != '&'
                             ? std::end(kNamed)
                             : std::find_if(std::begin(kNamed), std::end(kNamed), [&](auto& e) {
                                 return bytes.substr(at + 1).starts_with(e.first);
                               });
    if (entity == std::end(kNamed)) {
      out += bytes[at];
    } else {
      out += entity->second;
      at += entity->first.size();
    }
  }
  return out;
}

std::string single_blanks(std::string_view bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size();) {
    const CodePoint c = decode_at(bytes, at);
    if (!is_space(c.value)) {
      out += bytes.substr(at, c.length);
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
    at += c.length;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string strip_tags(std::string_view bytes) {
  return unescaped(single_blanks(without_tags(bytes)));
}

Value striptags(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "striptags", arguments, {});
  return transformed(runtime, *str(runtime, value), strip_tags);
}

bool is_link(std::string_view word) {
  return word.starts_with("http://") || word.starts_with("https://") || word.starts_with("www.");
}

// Words that start with http://, https:// or www. become links; mail addresses are left alone.
Value urlize(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "urlize", arguments, {});
  const TextPtr text = escape_html(runtime, value).text_ptr();
  const std::string_view bytes = text->bytes;
  TextBuilder out(runtime);
  for (std::size_t at = 0; at < bytes.size();) {
    runtime.step();
    std::size_t end = at;
    const bool blank = is_space(decode_at(bytes, at).value);
    while (end < bytes.size() && is_space(decode_at(bytes, end).value) == blank) {
      end += decode_at(bytes, end).length;
    }
    std::size_t link_end = end;
    while (link_end > at &&
           std::string_view(".,:;!?)]").find(bytes[link_end - 1]) != std::string_view::npos) {
      --link_end;
    }
    if (!blank && is_link(bytes.substr(at, link_end - at))) {
      out.append("<a href=\"");
      if (bytes.substr(at).starts_with("www.")) out.append("https://");
      out.append(*text, at, link_end);
      out.append("\" rel=\"noopener\">");
      out.append(*text, at, link_end);
      out.append("</a>");
      out.append(*text, link_end, end);
    } else {
      out.append(*text, at, end);
    }
    at = end;
  }
  return with_markup(out.value(), runtime.autoescape);
}

constexpr Builtin kFilters[] = {
    {"safe", safe},           {"e", escape},
    {"escape", escape},       {"forceescape", forceescape},
    {"striptags", striptags}, {"urlencode", urlencode},
    {"urlize", urlize},       {"xmlattr", xmlattr},
};

}  // namespace

std::span<const Builtin> markup_filters() { return kFilters; }

}  // namespace bantam::jinja
