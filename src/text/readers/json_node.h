// A JSON value that knows where it stands in its file.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/format.h"
#include "text/tokenizer_parts.h"

namespace bantam::text {

// Views the value and the file's name. Every failure throws Error{BadFile}: "FILE: PATH: found …".
class JsonNode {
 public:
  JsonNode(const nlohmann::json& value, std::string_view file, std::string path)
      : value_(value), file_(file), path_(std::move(path)) {}

  bool is_null() const { return value_.is_null(); }
  bool is_text() const { return value_.is_string(); }
  bool is_object() const { return value_.is_object(); }
  bool has(const char* key) const {
    return value_.is_object() && value_.contains(key) && !value_.at(key).is_null();
  }

  JsonNode at(const char* key) const {
    if (!has(key)) fail(format("no {}", key), format("an object with {}", key));
    return JsonNode(value_.at(key), file_, path_ + "." + key);
  }

  const std::string& text() const {
    if (!value_.is_string()) fail(value_.type_name(), "a string");
    return value_.get_ref<const std::string&>();
  }
  std::string text_or(const char* key, std::string_view otherwise) const {
    return has(key) ? at(key).text() : std::string(otherwise);
  }
  bool flag_or(const char* key, bool otherwise) const {
    if (!has(key)) return otherwise;
    const JsonNode node = at(key);
    if (!node.value_.is_boolean()) node.fail(node.value_.type_name(), "true or false");
    return node.value_.get<bool>();
  }
  std::int64_t integer(std::int64_t low, std::int64_t high) const {
    const bool whole = value_.is_number_integer();
    if (!whole ||
        (value_.is_number_unsigned() &&
         value_.get<std::uint64_t>() > static_cast<std::uint64_t>(high)) ||
        value_.get<std::int64_t>() < low || value_.get<std::int64_t>() > high) {
      fail(bantam::quoted(value_.dump(), 20), format("a whole number from {} to {}", low, high));
    }
    return value_.get<std::int64_t>();
  }

  // Calls `use(element)` for each element of a list.
  template <typename Use>
  void for_each(Use&& use) const {
    if (!value_.is_array()) fail(value_.type_name(), "a list");
    if (value_.size() > limits::kTokenizerStepsMax) {
      fail(format("{} entries", value_.size()), format("at most {}", limits::kTokenizerStepsMax));
    }
    for (std::size_t i = 0; i < value_.size(); ++i) {
      use(JsonNode(value_.at(i), file_, format("{}[{}]", path_, i)));
    }
  }

  const nlohmann::json& value() const { return value_; }
  std::string_view file() const { return file_; }
  const std::string& path() const { return path_; }
  std::string where() const { return format("{}: {}", file_, path_); }

  [[noreturn]] void fail(std::string_view found, std::string_view expected) const {
    throw Error(ErrorCode::BadFile, format("{}: found {}, expected {}", where(), found, expected));
  }
  [[noreturn]] void unsupported(std::string_view what) const {
    throw Error(ErrorCode::Unsupported,
                format("{}: {} is not supported; convert the tokenizer to GGUF or SentencePiece",
                       where(), what));
  }

 private:
  const nlohmann::json& value_;
  std::string_view file_;
  std::string path_;
};

}  // namespace bantam::text
