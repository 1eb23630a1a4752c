#include "library/override.h"

#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/format.h"

namespace bantam::library {
namespace {

using formats::MetadataValue;

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && rest == end ? std::optional(value) : std::nullopt;
}

template <typename Value>
std::optional<Value> parsed(std::string_view text) {
  if constexpr (std::is_same_v<Value, bool>) {
    if (text == "true" || text == "false") return text == "true";
    return std::nullopt;
  } else {
    return number<Value>(text);
  }
}

// The items of "[a,b]", where all of them are such values.
template <typename Value>
std::optional<MetadataValue> list(std::string_view text) {
  std::vector<Value> items;
  for (text = text.substr(1, text.size() - 2); !text.empty();) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, end);
    while (item.starts_with(' ')) item.remove_prefix(1);
    const auto value = parsed<Value>(item);
    if (!value) return std::nullopt;
    items.push_back(*value);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return items;
}

template <typename Value>
std::optional<MetadataValue> value_of(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']') && text.size() > 2) return list<Value>(text);
  if (const auto value = parsed<Value>(text)) return *value;
  return std::nullopt;
}

}  // namespace

void set_override(std::string_view assignment, formats::Metadata& metadata) {
  const std::size_t sign = assignment.find('=');
  if (sign == std::string_view::npos || sign == 0) {
    throw Error(ErrorCode::BadInput,
                format("--override: found {}, expected KEY=VALUE", quoted(assignment)));
  }
  const std::string_view text = assignment.substr(sign + 1);
  std::optional<MetadataValue> value = value_of<bool>(text);
  if (!value) value = value_of<std::int64_t>(text);
  if (!value) value = value_of<double>(text);
  if (!value) value = metadata.store(std::string(text));
  metadata.set(assignment.substr(0, sign), {.value = *std::move(value), .is_override = true});
}

}  // namespace bantam::library
