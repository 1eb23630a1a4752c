// Writes GGUF files, one tensor after another, without holding them in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/atomic_file.h"
#include "base/limits.h"
#include "formats/gguf_format.h"
#include "formats/metadata.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace bantam::formats {

// Use in this order: set() every key, declare() every tensor, append() their data in the order of
// declaration, commit(). The target is complete or as it was. Version 3. Throws BadInput for a call
// out of order or a value that the format cannot hold, Io where the system refuses. One thread.
class GgufWriter {
 public:
  explicit GgufWriter(const std::filesystem::path& target)
      : name_(target.string()), file_(target) {}

  // Keys are written in the order of these calls; a key that is set again keeps its place.
  // `type` is the type of the value, or of the items of an array.
  void set(std::string_view key, const MetadataValue& value, GgufType type);

  // Every entry of a file that was read, in its order and with its types.
  void set_all(const Metadata& metadata);

  void declare(std::string_view name, DType type, const Shape& shape);

  // The next bytes of the data of the tensor that is not complete yet; pieces may be of any size
  // within it.
  void append(std::span<const std::byte> bytes);

  void commit();

 private:
  struct KeyValue {
    std::string key;
    std::string bytes;  // type and value as in the file
  };
  struct TensorInfo {
    std::string name;
    DType type;
    Shape shape;
    std::uint64_t bytes;
    std::uint64_t data_offset;
  };

  void write_header();
  void pad();
  [[noreturn]] void fail(std::string_view what, std::string_view reason) const;

  std::string name_;
  AtomicFile file_;
  std::vector<KeyValue> key_values_;
  std::vector<TensorInfo> infos_;
  std::uint64_t alignment_ = limits::kGgufAlignmentDefault;
  std::uint64_t data_bytes_ = 0;  // of all declared tensors, with padding
  bool header_written_ = false;
  std::size_t current_ = 0;          // the tensor that append() fills
  std::uint64_t current_bytes_ = 0;  // of it written so far
};

}  // namespace bantam::formats
