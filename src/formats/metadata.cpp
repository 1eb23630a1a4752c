#include "formats/metadata.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "base/error.h"
#include "base/format.h"

namespace bantam::formats {
namespace {

template <typename T>
inline constexpr bool kIsArray = false;
template <typename T>
inline constexpr bool kIsArray<std::vector<T>> = true;

constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();

// The number as int64, where it is whole and fits.
template <typename T>
std::optional<std::int64_t> whole(T value) {
  if constexpr (std::is_same_v<T, double>) {
    // Both bounds are exact doubles; the comparison is false for NaN.
    if (!(value >= -0x1p63 && value < 0x1p63) || std::trunc(value) != value) return std::nullopt;
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    if (value > static_cast<std::uint64_t>(kInt64Max)) return std::nullopt;
  }
  return static_cast<std::int64_t>(value);
}

template <typename T>
inline constexpr bool kIsNumber = std::is_same_v<T, std::int64_t> ||
                                  std::is_same_v<T, std::uint64_t> || std::is_same_v<T, double>;

std::optional<std::int64_t> whole_number(const MetadataValue& value) {
  return std::visit(
      [](const auto& held) -> std::optional<std::int64_t> {
        if constexpr (kIsNumber<std::decay_t<decltype(held)>>) return whole(held);
        return std::nullopt;
      },
      value);
}

std::optional<double> real_number(const MetadataValue& value) {
  return std::visit(
      [](const auto& held) -> std::optional<double> {
        if constexpr (kIsNumber<std::decay_t<decltype(held)>>) return static_cast<double>(held);
        return std::nullopt;
      },
      value);
}

bool is_empty_array(const MetadataValue& value) {
  return std::visit(
      [](const auto& held) {
        if constexpr (kIsArray<std::decay_t<decltype(held)>>) return held.empty();
        return false;
      },
      value);
}

// Calls convert(item) on every item of an array of numbers; nothing where the value is no such
// array or an item does not convert.
template <typename Result, typename Convert>
std::optional<std::vector<Result>> numbers(const MetadataValue& value, Convert convert) {
  return std::visit(
      [&](const auto& held) -> std::optional<std::vector<Result>> {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (kIsArray<Held>) {
          if constexpr (kIsNumber<typename Held::value_type>) {
            std::vector<Result> result;
            result.reserve(held.size());
            for (const auto item : held) {
              const std::optional<Result> converted = convert(item);
              if (!converted) return std::nullopt;
              result.push_back(*converted);
            }
            return result;
          }
        }
        return std::nullopt;
      },
      value);
}

std::string item_text(std::string_view item) { return quoted(item, 40); }
std::string item_text(bool item) { return bantam::to_text(item); }
std::string item_text(std::int64_t item) { return bantam::to_text(item); }
std::string item_text(std::uint64_t item) { return bantam::to_text(item); }
std::string item_text(double item) { return bantam::to_text(item); }

}  // namespace

bool is_array(const MetadataValue& value) {
  return std::visit([](const auto& held) { return kIsArray<std::decay_t<decltype(held)>>; }, value);
}

const MetadataEntry* Metadata::find(std::string_view key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

std::optional<bool> Metadata::boolean(std::string_view key) const {
  const MetadataEntry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  if (const bool* value = std::get_if<bool>(&entry->value)) return *value;
  fail(key, to_text(entry->value), "true or false");
}

std::optional<std::int64_t> Metadata::integer(std::string_view key, std::int64_t low,
                                              std::int64_t high) const {
  const MetadataEntry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  const auto value = whole_number(entry->value);
  if (value && *value >= low && *value <= high) return value;
  fail(key, to_text(entry->value), format("a whole number from {} to {}", low, high));
}

std::optional<double> Metadata::real(std::string_view key) const {
  const MetadataEntry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  const auto value = real_number(entry->value);
  if (value && std::isfinite(*value)) return value;
  fail(key, to_text(entry->value), "a finite number");
}

std::optional<std::string_view> Metadata::text(std::string_view key) const {
  const MetadataEntry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  if (const auto* value = std::get_if<std::string_view>(&entry->value)) return *value;
  fail(key, to_text(entry->value), "text");
}

std::optional<std::vector<std::int64_t>> Metadata::integers(std::string_view key) const {
  const MetadataEntry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  if (is_empty_array(entry->value)) return std::vector<std::int64_t>();
  auto values = numbers<std::int64_t>(entry->value, [](auto item) { return whole(item); });
  if (values) return values;
  fail(key, to_text(entry->value), "an array of whole numbers below 2^63");
}

std::optional<std::vector<double>> Metadata::reals(std::string_view key) const {
  const MetadataEntry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  if (is_empty_array(entry->value)) return std::vector<double>();
  auto values = numbers<double>(entry->value, [](auto item) -> std::optional<double> {
    const auto value = static_cast<double>(item);
    return std::isnan(value) ? std::nullopt : std::optional(value);
  });
  if (values) return values;
  fail(key, to_text(entry->value), "an array of numbers, none of them NaN");
}

const std::vector<std::string_view>* Metadata::texts(std::string_view key) const {
  static const std::vector<std::string_view> kNone;
  const MetadataEntry* entry = find(key);
  if (entry == nullptr) return nullptr;
  if (const auto* values = std::get_if<std::vector<std::string_view>>(&entry->value)) return values;
  if (is_empty_array(entry->value)) return &kNone;
  fail(key, to_text(entry->value), "an array of texts");
}

std::optional<std::vector<bool>> Metadata::booleans(std::string_view key) const {
  const MetadataEntry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  if (const auto* values = std::get_if<std::vector<bool>>(&entry->value)) return *values;
  if (is_empty_array(entry->value)) return std::vector<bool>();
  fail(key, to_text(entry->value), "an array of true and false");
}

std::int64_t Metadata::require_integer(std::string_view key, std::int64_t low,
                                       std::int64_t high) const {
  const auto value = integer(key, low, high);
  if (value) return *value;
  fail_absent(key, format("a whole number from {} to {}", low, high));
}

double Metadata::require_real(std::string_view key) const {
  const auto value = real(key);
  if (value) return *value;
  fail_absent(key, "a finite number");
}

std::string_view Metadata::require_text(std::string_view key) const {
  const auto value = text(key);
  if (value) return *value;
  fail_absent(key, "text");
}

void Metadata::fail(std::string_view key, std::string_view found, std::string_view expected) const {
  const MetadataEntry* entry = find(key);
  if (entry != nullptr && entry->offset != 0) {
    throw_bad_file({file_, entry->offset, key, std::string(found), std::string(expected)});
  }
  throw Error(ErrorCode::BadFile,
              format("{}: {}: found {}, expected {}", file_, key, found, expected));
}

void Metadata::fail_absent(std::string_view key, std::string_view expected) const {
  const auto ignored = ignored_.find(key);
  if (ignored == ignored_.end()) fail(key, "no such key", expected);
  fail(key, format("a value that was ignored ({})", ignored->second), expected);
}

void Metadata::set(std::string_view key, MetadataEntry entry) {
  const auto [place, added] = entries_.insert_or_assign(std::string(key), std::move(entry));
  if (added) order_.push_back(place->first);
}

std::string_view Metadata::store(std::string text) {
  texts_.push_back(std::move(text));
  return texts_.back();
}

void Metadata::erase(std::string_view key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  std::erase(order_, std::string_view(found->first));
  entries_.erase(found);
}

void Metadata::ignore(std::string_view key, std::string reason) {
  ignored_.insert_or_assign(std::string(key), std::move(reason));
}

std::string to_text(const MetadataValue& value, std::size_t items_max) {
  return std::visit(
      [&](const auto& held) -> std::string {
        if constexpr (kIsArray<std::decay_t<decltype(held)>>) {
          std::string out = "[";
          for (std::size_t i = 0; i < std::min(held.size(), items_max); ++i) {
            if (i > 0) out += ", ";
            out += item_text(held[i]);
          }
          if (held.size() > items_max) out += format(", … {} in all", held.size());
          return out + "]";
        } else {
          return item_text(held);
        }
      },
      value);
}

}  // namespace bantam::formats
