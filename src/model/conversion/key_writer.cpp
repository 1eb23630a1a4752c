#include "model/conversion/key_writer.h"

namespace bantam::model {

using formats::GgufType;

void KeyWriter::integer(std::string_view key, std::int64_t value) {
  set(key, value, GgufType::U32);
}

void KeyWriter::real(std::string_view key, double value) { set(key, value, GgufType::F32); }

void KeyWriter::boolean(std::string_view key, bool value) { set(key, value, GgufType::Bool); }

void KeyWriter::text(std::string_view key, std::string_view value) {
  set(key, out_.store(std::string(value)), GgufType::Text);
}

void KeyWriter::integers(std::string_view key, std::vector<std::int64_t> values) {
  set(key, std::move(values), GgufType::I32);
}

void KeyWriter::reals(std::string_view key, std::vector<double> values) {
  set(key, std::move(values), GgufType::F32);
}

void KeyWriter::booleans(std::string_view key, std::vector<bool> values) {
  set(key, std::move(values), GgufType::Bool);
}

void KeyWriter::texts(std::string_view key, std::span<const std::string> values) {
  std::vector<std::string_view> stored;
  stored.reserve(values.size());
  for (const std::string& value : values) stored.push_back(out_.store(value));
  set(key, std::move(stored), GgufType::Text);
}

void KeyWriter::set(std::string_view key, formats::MetadataValue value, GgufType type) {
  out_.set(prefix_ + std::string(key),
           {.value = std::move(value), .gguf_type = static_cast<std::uint32_t>(type)});
}

}  // namespace bantam::model
