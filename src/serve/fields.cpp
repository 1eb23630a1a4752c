#include "serve/fields.h"

#include <cmath>
#include <utility>

#include "base/format.h"
#include "text/json.h"

namespace bantam::serve {

FieldError::FieldError(std::string field, const std::string& found, const std::string& expected)
    : Error(ErrorCode::BadInput, format("{}: found {}, expected {}", field, found, expected)),
      field_(std::move(field)) {}

std::string described(const Json* value) {
  if (value == nullptr) return "nothing";
  if (value->is_object()) return "an object";
  if (value->is_array()) return format("an array of {}", value->size());
  constexpr std::size_t kShown = 60;
  std::string text = json_text(*value);
  if (text.size() > kShown)
    text = format("a text of {} bytes", value->get_ref<const std::string&>().size());
  return text;
}

Fields::Fields(const Json& object, std::string path) : object_(&object), path_(std::move(path)) {
  if (object.is_object()) return;
  std::string name = path_.empty() ? "the body" : path_.substr(0, path_.size() - 1);
  throw FieldError(std::move(name), described(&object), "a JSON object");
}

const Json* Fields::find(std::string_view name) const {
  const auto found = object_->find(name);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

void Fields::fail(std::string_view name, const std::string& expected) const {
  throw FieldError(path_ + std::string(name), described(find(name)), expected);
}

std::string Fields::text(std::string_view name) const {
  std::optional<std::string> value = optional_text(name);
  if (!value) fail(name, "a text");
  return *std::move(value);
}

std::optional<std::string> Fields::optional_text(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) fail(name, "a text");
  return value->get<std::string>();
}

std::optional<bool> Fields::flag(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) fail(name, "true or false");
  return value->get<bool>();
}

std::optional<double> Fields::number(std::string_view name, double min, double max) const {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const std::string expected = format("a number from {} to {}", min, max);
  if (!value->is_number()) fail(name, expected);
  const auto number = value->get<double>();
  if (!(number >= min && number <= max)) fail(name, expected);
  return number;
}

std::optional<std::int64_t> Fields::integer(std::string_view name, std::int64_t min,
                                            std::int64_t max) const {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const std::string expected = format("a whole number from {} to {}", min, max);
  if (value->is_number_float()) {
    // Clients of languages with one kind of number send 3.0.
    const auto number = value->get<double>();
    const bool is_whole = std::abs(number) < 9e15 && number == std::floor(number);
    if (!is_whole || static_cast<std::int64_t>(number) < min ||
        static_cast<std::int64_t>(number) > max) {
      fail(name, expected);
    }
    return static_cast<std::int64_t>(number);
  }
  const bool is_too_large = value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX;
  if (!value->is_number_integer() || is_too_large) fail(name, expected);
  const auto number = value->get<std::int64_t>();
  if (number < min || number > max) fail(name, expected);
  return number;
}

std::vector<std::string> Fields::texts(std::string_view name, std::size_t count_max) const {
  const Json* value = find(name);
  if (value == nullptr) return {};
  if (value->is_string()) return {value->get<std::string>()};
  const std::string expected = format("a text or at most {} texts", count_max);
  if (!value->is_array() || value->size() > count_max) fail(name, expected);
  std::vector<std::string> texts;
  for (const Json& item : *value) {
    if (!item.is_string()) fail(name, expected);
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

std::optional<Fields> Fields::object(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  return Fields(*value, path_ + std::string(name) + ".");
}

const Json* Fields::array(std::string_view name, std::size_t count_max) const {
  const Json* value = find(name);
  if (value == nullptr) return nullptr;
  if (!value->is_array() || value->size() > count_max) {
    fail(name, format("an array of at most {}", count_max));
  }
  return value;
}

}  // namespace bantam::serve
