#include "text/jinja/builtins/text_pieces.h"

#include <algorithm>
#include <cstring>

#include "text/jinja/values/compare.h"
#include "text/jinja/values/operators.h"
#include "text/jinja/values/print.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

bool is_line_end(char32_t c) {
  return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
         c == 0x2029;
}

bool in_set(const Text* set, std::string_view bytes, std::size_t at, CodePoint c) {
  if (set == nullptr) return is_space(c.value);
  return set->bytes.find(bytes.substr(at, c.length)) != std::string::npos;
}

bool reached(std::size_t cuts, Integer most) {
  return most >= 0 && static_cast<Integer>(cuts) >= most;
}

std::vector<Value> split_spaces(Runtime& runtime, const TextPtr& text, Integer most) {
  runtime.charge_characters(text->bytes.size());
  std::vector<Value> parts;
  const std::string& bytes = text->bytes;
  std::size_t at = 0;
  while (true) {
    while (at < bytes.size() && is_space(decode_at(bytes, at).value)) {
      at += decode_at(bytes, at).length;
    }
    if (at == bytes.size()) return parts;
    runtime.step();
    if (reached(parts.size(), most)) {
      std::size_t end = bytes.size();
      while (end > at && is_space(decode_before(bytes, end).value)) {
        end -= decode_before(bytes, end).length;
      }
      parts.push_back(slice_bytes(runtime, text, at, end));
      return parts;
    }
    std::size_t end = at;
    while (end < bytes.size() && !is_space(decode_at(bytes, end).value)) {
      end += decode_at(bytes, end).length;
    }
    parts.push_back(slice_bytes(runtime, text, at, end));
    at = end;
  }
}

std::vector<Value> split_spaces_right(Runtime& runtime, const TextPtr& text, Integer most) {
  runtime.charge_characters(text->bytes.size());
  std::vector<Value> parts;
  const std::string& bytes = text->bytes;
  std::size_t end = bytes.size();
  while (true) {
    while (end > 0 && is_space(decode_before(bytes, end).value)) {
      end -= decode_before(bytes, end).length;
    }
    if (end == 0) break;
    runtime.step();
    std::size_t at = end;
    if (reached(parts.size(), most)) {
      at = 0;
      while (is_space(decode_at(bytes, at).value)) at += decode_at(bytes, at).length;
    } else {
      while (at > 0 && !is_space(decode_before(bytes, at).value)) {
        at -= decode_before(bytes, at).length;
      }
    }
    const bool last = reached(parts.size(), most);
    parts.push_back(slice_bytes(runtime, text, at, end));
    if (last) break;
    end = at;
  }
  std::reverse(parts.begin(), parts.end());
  return parts;
}

void require_separator(Runtime& runtime, const Text& separator) {
  if (separator.bytes.empty()) runtime.fail(Fault::Value, "empty separator");
}

}  // namespace

Value strip(Runtime& runtime, const TextPtr& text, const Text* set, Side side) {
  const std::string& bytes = text->bytes;
  runtime.charge(set == nullptr ? 0 : set->bytes.size());
  std::size_t begin = 0;
  std::size_t end = bytes.size();
  while (side != Side::Right && begin < end) {
    const CodePoint c = decode_at(bytes, begin);
    if (!in_set(set, bytes, begin, c)) break;
    begin += c.length;
  }
  while (side != Side::Left && end > begin) {
    const CodePoint c = decode_before(bytes, end);
    if (!in_set(set, bytes, end - c.length, c)) break;
    end -= c.length;
  }
  const std::size_t stripped = bytes.size() - (end - begin);
  runtime.charge(stripped / 8 * (set == nullptr ? 1 : set->bytes.size() / 8 + 1));
  return slice_bytes(runtime, text, begin, end);
}

std::vector<Value> split(Runtime& runtime, const TextPtr& text, const Text* separator,
                         Integer most) {
  if (separator == nullptr) return split_spaces(runtime, text, most);
  require_separator(runtime, *separator);
  std::vector<Value> parts;
  std::size_t at = 0;
  const std::string_view bytes = text->bytes;
  runtime.charge(bytes.size() / 8);
  while (!reached(parts.size(), most)) {
    // The whole text is scanned once, so it is charged once.
    const void* hit = ::memmem(bytes.data() + at, bytes.size() - at, separator->bytes.data(),
                               separator->bytes.size());
    if (hit == nullptr) break;
    const auto found = static_cast<std::size_t>(static_cast<const char*>(hit) - bytes.data());
    runtime.step();
    parts.push_back(slice_bytes(runtime, text, at, found));
    at = found + separator->bytes.size();
  }
  parts.push_back(slice_bytes(runtime, text, at, bytes.size()));
  return parts;
}

std::vector<Value> split_right(Runtime& runtime, const TextPtr& text, const Text* separator,
                               Integer most) {
  if (separator == nullptr) return split_spaces_right(runtime, text, most);
  require_separator(runtime, *separator);
  const std::string_view bytes = text->bytes;
  // Occurrences counted from the right, without overlap.
  std::vector<Value> parts;
  std::size_t end = bytes.size();
  std::size_t from = end;
  const std::size_t width = separator->bytes.size();
  runtime.charge(bytes.size() / 8 * (width / 8 + 1));
  while (!reached(parts.size(), most) && from >= width) {
    if (bytes.substr(from - width, width) == separator->bytes) {
      runtime.step();
      parts.push_back(slice_bytes(runtime, text, from, end));
      end = from - width;
      from = end;
    } else {
      --from;
    }
  }
  parts.push_back(slice_bytes(runtime, text, 0, end));
  std::reverse(parts.begin(), parts.end());
  return parts;
}

std::vector<Value> split_lines(Runtime& runtime, const TextPtr& text, bool keep_ends) {
  runtime.charge_characters(text->bytes.size());
  std::vector<Value> lines;
  const std::string& bytes = text->bytes;
  std::size_t start = 0;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const CodePoint c = decode_at(bytes, at);
    if (!is_line_end(c.value)) {
      at += c.length;
      continue;
    }
    runtime.step();
    const std::size_t line_end = at;
    at += c.length;
    if (c.value == '\r' && at < bytes.size() && bytes[at] == '\n') ++at;
    lines.push_back(slice_bytes(runtime, text, start, keep_ends ? at : line_end));
    start = at;
  }
  if (start < bytes.size()) lines.push_back(slice_bytes(runtime, text, start, bytes.size()));
  return lines;
}

Value replace(Runtime& runtime, const Text& text, const Text& old, const Text& with, Integer most) {
  TextBuilder out(runtime);
  const std::string_view bytes = text.bytes;
  std::size_t done = 0;
  std::size_t count = 0;
  if (old.bytes.empty()) {  // before every character and at the end
    while (!reached(count, most)) {
      runtime.step();
      out.append(with);
      ++count;
      if (done == bytes.size()) break;
      const std::size_t length = decode_at(bytes, done).length;
      out.append(text, done, done + length);
      done += length;
    }
  }
  while (!old.bytes.empty() && !reached(count, most)) {
    const void* hit =
        ::memmem(bytes.data() + done, bytes.size() - done, old.bytes.data(), old.bytes.size());
    if (hit == nullptr) break;
    const auto found = static_cast<std::size_t>(static_cast<const char*>(hit) - bytes.data());
    runtime.step();
    out.append(text, done, found);
    out.append(with);
    done = found + old.bytes.size();
    ++count;
  }
  out.append(text, done, bytes.size());
  return out.value();
}

Value join(Runtime& runtime, const Text& separator, const std::vector<Value>& parts) {
  TextBuilder out(runtime);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out.append(separator);
    out.append(parts[i].text());
  }
  return out.value();
}

Value transformed(Runtime& runtime, const Text& text, std::string (*transform)(std::string_view)) {
  runtime.charge_characters(text.bytes.size());
  Text out;
  out.append(transform(text.bytes), text.origin());
  out.markup = text.markup;
  return runtime.make_text(std::move(out));
}

Value pad(Runtime& runtime, const Text& text, std::size_t width, const Text& fill, Side text_at) {
  const std::size_t length = text.ascii ? text.bytes.size() : count_code_points(text.bytes);
  const std::size_t missing = width > length ? width - length : 0;
  std::size_t left = 0;
  if (text_at == Side::Right) left = missing;
  // As CPython: the odd one goes left if the width is odd.
  if (text_at == Side::Both) left = missing / 2 + (missing & width & 1);
  TextBuilder out(runtime);
  out.append_repeated(fill, left);
  out.append(text);
  out.append_repeated(fill, missing - left);
  return with_markup(out.value(), text.markup);
}

TextPtr soft_str(Runtime& runtime, const Value& value) {
  return value.is_text() ? value.text_ptr() : str(runtime, value);
}

Value with_markup(const Value& text, bool markup) {
  if (text.text().markup == markup) return text;
  Text copy = text.text();
  copy.markup = markup;
  return Value(std::make_shared<const Text>(std::move(copy)));
}

bool has_only_case(Runtime& runtime, const Text& text, bool upper) {
  runtime.charge_characters(text.bytes.size());
  bool any = false;
  for (std::size_t at = 0; at < text.bytes.size();) {
    const CodePoint c = decode_at(text.bytes, at);
    at += c.length;
    if (!is_cased(c.value)) continue;
    if (!(upper ? is_upper(c.value) : is_lower(c.value))) return false;
    any = true;
  }
  return any;
}

}  // namespace bantam::jinja
