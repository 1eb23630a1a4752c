// Reads the safetensors files that hold expected values. Trusts them: the reader of users' files is
// in formats/, and tests of lower layers cannot use it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace bantam::test {

// A whole file in memory. Immutable after construction; any thread. A missing tensor, or one of
// another type than asked for, throws std::runtime_error naming the file and the tensor.
class Safetensors {
 public:
  struct Entry {
    std::string dtype;  // as the format writes it: "F32", "U8"
    std::vector<std::int64_t> shape;
    std::size_t begin = 0, end = 0;  // bytes within the data section
  };

  explicit Safetensors(const std::filesystem::path& path);

  const Entry& entry(const std::string& name) const;
  std::span<const std::byte> bytes(const std::string& name) const;  // any type; as long as the file
  std::vector<float> floats(const std::string& name) const;         // F32
  std::vector<std::int64_t> integers(const std::string& name) const;  // I64 or I32

  const std::map<std::string, Entry>& entries() const { return entries_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  std::filesystem::path path_;
  std::vector<std::byte> data_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::string> metadata_;
};

// The strings of a JSON list of strings, such as the metadata entry "rows".
std::vector<std::string> parse_string_list(const std::string& json);

}  // namespace bantam::test
