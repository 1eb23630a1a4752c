// The fields of a JSON object that a client sent, each checked as it is read.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace bantam::serve {

// A field that cannot be used as it is: BadInput, "FIELD: found …, expected …".
class FieldError : public Error {
 public:
  FieldError(std::string field, const std::string& found, const std::string& expected);
  const std::string& field() const { return field_; }

 private:
  std::string field_;
};

// Views an object, which outlives it. A field that is null counts as missing. Every failure is a
// FieldError. Any thread.
class Fields {
 public:
  using Json = nlohmann::ordered_json;

  // `path` is what stands before the names of its fields in messages: "", or "options.". Throws
  // FieldError unless `object` is one.
  explicit Fields(const Json& object, std::string path = "");

  const Json* find(std::string_view name) const;  // null where it is missing
  bool has(std::string_view name) const { return find(name) != nullptr; }

  std::string text(std::string_view name) const;  // required
  std::optional<std::string> optional_text(std::string_view name) const;
  std::optional<bool> flag(std::string_view name) const;
  std::optional<double> number(std::string_view name, double min, double max) const;
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min,
                                      std::int64_t max) const;
  // A text or an array of texts, `count_max` at the most.
  std::vector<std::string> texts(std::string_view name, std::size_t count_max) const;
  std::optional<Fields> object(std::string_view name) const;
  const Json* array(std::string_view name, std::size_t count_max) const;  // null where missing

  // Throws a FieldError about a field of this object.
  [[noreturn]] void fail(std::string_view name, const std::string& expected) const;

 private:
  const Json* object_;
  std::string path_;
};

// What a value is, for messages: `"abc"`, `12`, `an array`, `nothing`.
std::string described(const nlohmann::ordered_json* value);

}  // namespace bantam::serve
