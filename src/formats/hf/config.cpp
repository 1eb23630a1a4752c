#include "formats/hf/config.h"

#include <charconv>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/format.h"
#include "base/limits.h"
#include "base/mapped_file.h"
#include "formats/json_reader.h"

namespace bantam::formats {
namespace {

// All values as one kind of array; nothing where they have no kind in common.
template <typename T>
std::optional<MetadataValue> array_of(const std::vector<MetadataValue>& values) {
  std::vector<T> items;
  items.reserve(values.size());
  for (const MetadataValue& value : values) {
    const T* item = std::get_if<T>(&value);
    if (item == nullptr) return std::nullopt;
    items.push_back(*item);
  }
  return items;
}

std::optional<MetadataValue> array_of_fractions(const std::vector<MetadataValue>& values) {
  std::vector<double> items;
  items.reserve(values.size());
  for (const MetadataValue& value : values) {
    const bool is_number = std::visit(
        [&](const auto& held) {
          using Held = std::decay_t<decltype(held)>;
          if constexpr (std::is_arithmetic_v<Held> && !std::is_same_v<Held, bool>) {
            items.push_back(static_cast<double>(held));
            return true;
          }
          return false;
        },
        value);
    if (!is_number) return std::nullopt;
  }
  return items;
}

std::optional<MetadataValue> as_array(const std::vector<MetadataValue>& values) {
  if (auto array = array_of<std::int64_t>(values)) return array;
  if (auto array = array_of<std::uint64_t>(values)) return array;
  if (auto array = array_of<std::string_view>(values)) return array;
  if (auto array = array_of<bool>(values)) return array;
  return array_of_fractions(values);
}

// Walks one document. One thread at a time.
class Flattener {
 public:
  Flattener(const MappedFile& file, Metadata& metadata)
      : json_(file.name(), file.text(), 0,
              {.depth_max = limits::kJsonDepthMax,
               .keys_max = limits::kConfigKeysMax,
               .allow_python_numbers = true}),
        metadata_(metadata),
        is_own_file_(file.name() == metadata.file()) {}

  void run(std::string_view prefix) {
    json_.expect(JsonToken::BeginObject, "configuration");
    read_object(std::string(prefix));
    json_.expect(JsonToken::End, "configuration");
  }

 private:
  // The reader's depth limit bounds the recursion.
  void read_object(const std::string& prefix);
  void read_value(const std::string& key);
  void read_array(const std::string& key);
  std::optional<MetadataValue> scalar(JsonToken token, std::string_view key);
  MetadataValue number(std::string_view key) const;
  void set(const std::string& key, MetadataValue value, std::uint64_t offset);

  JsonReader json_;
  Metadata& metadata_;
  bool is_own_file_;
};

void Flattener::read_object(const std::string& prefix) {
  while (json_.next() == JsonToken::Key) read_value(prefix + std::string(json_.text()));
}

void Flattener::read_value(const std::string& key) {
  const JsonToken token = json_.next();
  if (token == JsonToken::BeginObject) return read_object(key + ".");
  if (token == JsonToken::BeginArray) return read_array(key);
  const std::uint64_t offset = json_.offset();
  if (auto value = scalar(token, key)) set(key, std::move(*value), offset);
}

void Flattener::read_array(const std::string& key) {
  const std::uint64_t offset = json_.offset();
  std::vector<MetadataValue> values;
  std::string_view reason;
  for (JsonToken token = json_.next(); token != JsonToken::EndArray; token = json_.next()) {
    if (values.size() >= limits::kConfigArrayItemsMax) {
      json_.fail(key, "one item more", format("at most {}", limits::kConfigArrayItemsMax));
    }
    if (token == JsonToken::BeginObject || token == JsonToken::BeginArray) {
      json_.skip_container();
      reason = "an array of objects or arrays";
    } else if (auto value = scalar(token, key)) {
      values.push_back(std::move(*value));
    } else {
      reason = "an array with null in it";
    }
  }
  auto array = as_array(values);
  if (reason.empty() && array) {
    set(key, std::move(*array), offset);
  } else {
    metadata_.ignore(key, std::string(reason.empty() ? "an array of several kinds" : reason));
  }
}

std::optional<MetadataValue> Flattener::scalar(JsonToken token, std::string_view key) {
  switch (token) {
    case JsonToken::Text:
      return metadata_.store(std::string(json_.text()));
    case JsonToken::Number:
      return number(key);
    case JsonToken::True:
    case JsonToken::False:
      return token == JsonToken::True;
    default:
      return std::nullopt;  // null: the grammar leaves nothing else
  }
}

MetadataValue Flattener::number(std::string_view key) const {
  const std::string_view text = json_.text();
  const auto parse = [&]<typename T>(T& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
  };
  std::int64_t whole = 0;
  if (parse(whole)) return whole;
  std::uint64_t natural = 0;
  if (parse(natural)) return natural;
  double value = 0;
  if (parse(value)) return value;
  json_.fail(key, std::string(text.substr(0, 40)), "a number that a double can hold");
}

void Flattener::set(const std::string& key, MetadataValue value, std::uint64_t offset) {
  if (metadata_.contains(key)) {
    json_.fail(key, "the key a second time", "one value for each dotted key");
  }
  // Errors name the metadata's own file: the byte of a value in another one would mislead.
  metadata_.set(key, {std::move(value), is_own_file_ ? offset : 0, 0});
}

}  // namespace

void read_config(const std::filesystem::path& path, std::string_view prefix, Metadata& metadata) {
  const MappedFile file(path);
  if (file.bytes().size() > limits::kConfigBytesMax) {
    throw_bad_file({file.name(), 0, "file size", format("{} bytes", file.bytes().size()),
                    format("at most {}", limits::kConfigBytesMax)});
  }
  Flattener(file, metadata).run(prefix);
}

}  // namespace bantam::formats
