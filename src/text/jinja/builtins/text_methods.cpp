// The methods of Python's str.
#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/format.h"
#include "text/jinja/builtins/attributes.h"
#include "text/jinja/builtins/formatting.h"
#include "text/jinja/builtins/text_pieces.h"
#include "text/jinja/values/compare.h"
#include "text/jinja/values/iterate.h"
#include "text/jinja/values/operators.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

template <std::string (*transform)(std::string_view)>
Value cased(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "str method", arguments, {});
  return transformed(runtime, self.text(), transform);
}

template <Side side>
Value stripped(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "strip", arguments, {"chars"});
  const Text* set = parameters.given(0) != nullptr ? parameters.text(0).get() : nullptr;
  return strip(runtime, self.text_ptr(), set, side);
}

template <auto cut>
Value cut_up(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "split", arguments, {"sep", "maxsplit"});
  const Text* separator = parameters.given(0) != nullptr ? parameters.text(0).get() : nullptr;
  return Value(
      runtime.make_list(cut(runtime, self.text_ptr(), separator, parameters.integer(1, -1))));
}

Value splitlines(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "splitlines", arguments, {"keepends"});
  return Value(
      runtime.make_list(split_lines(runtime, self.text_ptr(), parameters.truth(0, false))));
}

template <bool from_right>
Value partition(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "partition", arguments, {"sep"}, 1);
  const TextPtr& separator = parameters.text(0);
  auto parts = from_right ? split_right(runtime, self.text_ptr(), separator.get(), 1)
                          : split(runtime, self.text_ptr(), separator.get(), 1);
  const Value nothing = runtime.make_text("");
  if (parts.size() == 2) {
    parts.insert(parts.begin() + 1, Value(separator));
  } else {
    parts.insert(from_right ? parts.begin() : parts.end(), 2, nothing);
  }
  return Value(runtime.make_list(std::move(parts), Kind::Tuple));
}

// Byte range of characters [start, stop) as find, count, startswith take them.
ByteSpan bounds(Runtime& runtime, const Value& self, const Parameters& parameters) {
  const Text& text = self.text();
  if (parameters[1] == nullptr && parameters[2] == nullptr) return {0, text.bytes.size()};
  runtime.charge_characters(text.bytes.size());
  const auto length = static_cast<Integer>(count_code_points(text.bytes));
  const auto clamp = [&](const Value* given, std::size_t index, Integer otherwise) {
    Integer value = given == nullptr ? otherwise : parameters.integer(index, otherwise);
    if (value < 0) value = std::max<Integer>(0, value + length);
    return std::min(value, length + 1);
  };
  const Integer first = clamp(parameters.given(1), 1, 0);
  const Integer last = clamp(parameters.given(2), 2, length);
  const auto offset = [&](Integer index) {
    std::size_t at = 0;
    for (Integer i = 0; i < index && at < text.bytes.size(); ++i) {
      at += decode_at(text.bytes, at).length;
    }
    return at;
  };
  if (first > last || first > length) return {text.bytes.size() + 1, text.bytes.size()};
  return {offset(first), offset(std::min(last, length))};
}

template <bool at_end>
Value has_affix(Runtime& runtime, const Value& self, Arguments& arguments) {
  const char* name = at_end ? "endswith" : "startswith";
  const Parameters parameters(runtime, name, arguments, {"prefix", "start", "end"}, 1);
  const ByteSpan range = bounds(runtime, self, parameters);
  if (range.begin > range.end) return Value::of(false);
  const auto part =
      std::string_view(self.text().bytes).substr(range.begin, range.end - range.begin);
  const auto matches = [&](const Value& affix) {
    if (affix.is_undefined()) runtime.fail_undefined(affix);
    if (!affix.is_text()) {
      runtime.fail_type(
          format("{} first arg must be str or a tuple of str, not {}", name, type_name(affix)));
    }
    runtime.charge(affix.text().bytes.size() / 8);
    return at_end ? part.ends_with(affix.text().bytes) : part.starts_with(affix.text().bytes);
  };
  if (!parameters[0]->is(Kind::Tuple)) return Value::of(matches(*parameters[0]));
  const auto& affixes = parameters[0]->as<ListObject>().items;
  runtime.step(static_cast<std::int64_t>(affixes.size()));
  return Value::of(std::any_of(affixes.begin(), affixes.end(), matches));
}

enum class Search { Find, FindLast, Index, IndexLast };

template <Search search>
Value found(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "find", arguments, {"sub", "start", "end"}, 1);
  const std::string_view needle = parameters.text(0)->bytes;
  const ByteSpan range = bounds(runtime, self, parameters);
  const std::string_view bytes = self.text().bytes;
  std::size_t hit = std::string_view::npos;
  if (range.begin <= range.end) {
    const auto part = bytes.substr(0, range.end);
    if (search == Search::Find || search == Search::Index) {
      hit = find_bytes(runtime, part, needle, range.begin);
    } else {
      runtime.charge(part.size() / 8 * (needle.size() / 8 + 1));
      hit = part.rfind(needle);
      if (hit != std::string_view::npos && hit < range.begin) hit = std::string_view::npos;
    }
  }
  if (hit == std::string_view::npos) {
    if (search == Search::Index || search == Search::IndexLast) {
      runtime.fail(Fault::Value, "substring not found");
    }
    return Value::of(Integer{-1});
  }
  return Value::of(count_code_points(bytes.substr(0, hit)));
}

Value count(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "count", arguments, {"sub", "start", "end"}, 1);
  const std::string_view needle = parameters.text(0)->bytes;
  const ByteSpan range = bounds(runtime, self, parameters);
  if (range.begin > range.end) return Value::of(Integer{0});
  const auto part =
      std::string_view(self.text().bytes).substr(range.begin, range.end - range.begin);
  runtime.charge(part.size() / 8);
  if (needle.empty()) return Value::of(count_code_points(part) + 1);
  std::size_t hits = 0;
  for (std::size_t at = 0; at < part.size();) {
    const void* hit = ::memmem(part.data() + at, part.size() - at, needle.data(), needle.size());
    if (hit == nullptr) break;
    at = static_cast<std::size_t>(static_cast<const char*>(hit) - part.data()) + needle.size();
    ++hits;
  }
  return Value::of(hits);
}

Value replaced(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "replace", arguments, {"old", "new", "count"}, 2);
  TextPtr with = parameters.text(1);
  const bool markup = self.text().markup;
  if (markup) with = escape_html(runtime, Value(with)).text_ptr();
  return with_markup(
      replace(runtime, self.text(), *parameters.text(0), *with, parameters.integer(2, -1)), markup);
}

Value joined(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "join", arguments, {"iterable"}, 1);
  std::vector<Value> parts = collect(runtime, *parameters[0]);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (self.text().markup) parts[i] = escape_html(runtime, parts[i]);
    if (!parts[i].is_text()) {
      runtime.fail_type(
          format("sequence item {}: expected str instance, {} found", i, type_name(parts[i])));
    }
  }
  return with_markup(join(runtime, self.text(), parts), self.text().markup);
}

template <Side side>
Value padded(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "center", arguments, {"width", "fillchar"}, 1);
  const TextPtr fill =
      parameters[1] != nullptr ? parameters.text(1) : runtime.make_text(" ").text_ptr();
  if (count_code_points(fill->bytes) != 1) {
    runtime.fail_type("The fill character must be exactly one character long");
  }
  return pad(runtime, self.text(), parameters.count(0, 0), *fill, side);
}

Value zfill(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "zfill", arguments, {"width"}, 1);
  const Text& text = self.text();
  const std::size_t sign = !text.bytes.empty() && (text.bytes[0] == '-' || text.bytes[0] == '+');
  const std::size_t width = parameters.count(0, 0);
  const std::size_t length = count_code_points(text.bytes);
  Text zero;
  zero.append("0", Origin::Template);
  TextBuilder out(runtime);
  out.append(text, 0, sign);
  out.append_repeated(zero, width > length ? width - length : 0);
  out.append(text, sign, text.bytes.size());
  return with_markup(out.value(), text.markup);
}

Value expandtabs(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "expandtabs", arguments, {"tabsize"});
  const std::size_t size = parameters.count(0, 8);
  runtime.charge_characters(self.text().bytes.size());
  const Text& text = self.text();
  Text blank;
  blank.append(" ", Origin::Template);
  TextBuilder out(runtime);
  std::size_t column = 0;
  for (std::size_t at = 0; at < text.bytes.size();) {
    const CodePoint c = decode_at(text.bytes, at);
    if (c.value == '\t') {
      const std::size_t blanks = size == 0 ? 0 : size - column % size;
      out.append_repeated(blank, blanks);
      column += blanks;
    } else {
      out.append(text, at, at + c.length);
      column = c.value == '\n' || c.value == '\r' ? 0 : column + 1;
    }
    at += c.length;
  }
  return with_markup(out.value(), text.markup);
}

template <bool suffix>
Value without_affix(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "removeprefix", arguments, {"prefix"}, 1);
  const std::string& affix = parameters.text(0)->bytes;
  const std::string& bytes = self.text().bytes;
  if (suffix) {
    if (affix.empty() || !bytes.ends_with(affix)) return self;
    return slice_bytes(runtime, self.text_ptr(), 0, bytes.size() - affix.size());
  }
  return bytes.starts_with(affix)
             ? slice_bytes(runtime, self.text_ptr(), affix.size(), bytes.size())
             : self;
}

Value encode(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "encode", arguments, {"encoding", "errors"});
  if (parameters[0] != nullptr) {
    const std::string name = to_lower(parameters.text(0)->bytes);
    if (name != "utf-8" && name != "utf8") {
      runtime.fail(Fault::Unsupported, format("encoding {}; only utf-8 is known", quoted(name)));
    }
  }
  runtime.charge(self.text().bytes.size());
  return Value(runtime.make<BytesObject>(self.text()));
}

// True if there is a character and `test` holds for all.
template <bool (*test)(char32_t)>
Value all_are(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "str method", arguments, {});
  const std::string& bytes = self.text().bytes;
  runtime.charge_characters(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const CodePoint c = decode_at(bytes, at);
    if (!test(c.value)) return Value::of(false);
    at += c.length;
  }
  return Value::of(!bytes.empty());
}

bool is_alnum(char32_t c) { return is_alpha(c) || is_numeric(c); }

Value isprintable(Runtime& runtime, const Value& self, Arguments& arguments) {
  return Value::of(self.text().bytes.empty() ||
                   all_are<is_printable>(runtime, self, arguments).boolean());
}

Value isascii(Runtime&, const Value& self, Arguments&) { return Value::of(self.text().ascii); }

Value isidentifier(Runtime& runtime, const Value& self, Arguments&) {
  runtime.charge_characters(self.text().bytes.size());
  return Value::of(is_identifier(self.text().bytes));
}

// True if there is a cased character and none has the other case.
template <bool upper>
Value is_case(Runtime& runtime, const Value& self, Arguments&) {
  return Value::of(has_only_case(runtime, self.text(), upper));
}

Value istitle(Runtime& runtime, const Value& self, Arguments&) {
  const std::string& bytes = self.text().bytes;
  runtime.charge_characters(bytes.size());
  bool in_word = false;
  bool any = false;
  for (std::size_t at = 0; at < bytes.size();) {
    const CodePoint c = decode_at(bytes, at);
    at += c.length;
    if ((is_upper(c.value) && in_word) || (is_lower(c.value) && !in_word)) return Value::of(false);
    in_word = is_cased(c.value);
    any = any || in_word;
  }
  return Value::of(any);
}

Value format_braces(Runtime& runtime, const Value& self, Arguments& arguments) {
  return brace_format(runtime, self, arguments);
}

Value format_map(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "format_map", arguments, {"mapping"}, 1);
  if (!parameters[0]->is(Kind::Dict)) runtime.fail_type("format_map() argument must be a dict");
  Arguments named;
  for (const auto& [key, value] : parameters[0]->as<DictObject>().entries()) {
    runtime.step();
    if (key.is_text()) named.named.emplace_back(key.text_ptr(), value);
  }
  return brace_format(runtime, self, named);
}

constexpr Builtin kMethods[] = {
    {"capitalize", cased<to_capitalized>},
    {"casefold", cased<fold_case>},
    {"center", padded<Side::Both>},
    {"count", count},
    {"encode", encode},
    {"endswith", has_affix<true>},
    {"expandtabs", expandtabs},
    {"find", found<Search::Find>},
    {"format", format_braces},
    {"format_map", format_map},
    {"index", found<Search::Index>},
    {"isalnum", all_are<is_alnum>},
    {"isalpha", all_are<is_alpha>},
    {"isascii", isascii},
    {"isdecimal", all_are<is_decimal>},
    {"isdigit", all_are<is_digit>},
    {"isidentifier", isidentifier},
    {"islower", is_case<false>},
    {"isnumeric", all_are<is_numeric>},
    {"isprintable", isprintable},
    {"isspace", all_are<is_space>},
    {"istitle", istitle},
    {"isupper", is_case<true>},
    {"join", joined},
    {"ljust", padded<Side::Left>},
    {"lower", cased<to_lower>},
    {"lstrip", stripped<Side::Left>},
    {"partition", partition<false>},
    {"removeprefix", without_affix<false>},
    {"removesuffix", without_affix<true>},
    {"replace", replaced},
    {"rfind", found<Search::FindLast>},
    {"rindex", found<Search::IndexLast>},
    {"rjust", padded<Side::Right>},
    {"rpartition", partition<true>},
    {"rsplit", cut_up<split_right>},
    {"rstrip", stripped<Side::Right>},
    {"split", cut_up<split>},
    {"splitlines", splitlines},
    {"startswith", has_affix<false>},
    {"strip", stripped<Side::Both>},
    {"swapcase", cased<swap_case>},
    {"title", cased<to_title>},
    {"upper", cased<to_upper>},
    {"zfill", zfill},
};

}  // namespace

const Builtin* find_text_method(std::string_view name) {
  const auto* found_method = std::lower_bound(
      std::begin(kMethods), std::end(kMethods), name,
      [](const Builtin& method, std::string_view key) { return method.name < key; });
  return found_method != std::end(kMethods) && found_method->name == name ? found_method : nullptr;
}

}  // namespace bantam::jinja
