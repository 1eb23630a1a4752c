// Adds keys to the metadata of a file that is being made.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/gguf_format.h"
#include "formats/metadata.h"

namespace bantam::model {

// Each key goes behind `prefix`; a key that is there is replaced. Values have the types that GGUF
// files give such numbers. Views the metadata. One thread.
class KeyWriter {
 public:
  KeyWriter(formats::Metadata& out, std::string prefix) : out_(out), prefix_(std::move(prefix)) {}

  // The same metadata with more in front of each key.
  KeyWriter under(std::string_view prefix) const { return {out_, prefix_ + std::string(prefix)}; }

  bool has(std::string_view key) const { return out_.contains(prefix_ + std::string(key)); }
  void integer(std::string_view key, std::int64_t value);
  void real(std::string_view key, double value);
  void boolean(std::string_view key, bool value);
  void text(std::string_view key, std::string_view value);
  void integers(std::string_view key, std::vector<std::int64_t> values);
  void reals(std::string_view key, std::vector<double> values);
  void booleans(std::string_view key, std::vector<bool> values);
  void texts(std::string_view key, std::span<const std::string> values);
  void erase(std::string_view key) { out_.erase(prefix_ + std::string(key)); }

 private:
  void set(std::string_view key, formats::MetadataValue value, formats::GgufType type);

  formats::Metadata& out_;
  std::string prefix_;
};

}  // namespace bantam::model
