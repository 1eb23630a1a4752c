// Builds small binary files field by field and damages them at named places.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bantam::test {

// Little endian, as all our formats. One thread at a time.
class FileBytes {
 public:
  // Gives the place of the next byte a name; a place that is not there fails with out_of_range.
  FileBytes& mark(const std::string& name) {
    marks_[name] = bytes_.size();
    return *this;
  }
  std::size_t place(const std::string& name) const { return marks_.at(name); }

  template <typename T>
  FileBytes& put(T value) {
    const auto* start = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), start, start + sizeof value);
    return *this;
  }
  FileBytes& raw(std::string_view text) {
    const auto* start = reinterpret_cast<const std::byte*>(text.data());
    bytes_.insert(bytes_.end(), start, start + text.size());
    return *this;
  }
  // A text as GGUF has it: length, then bytes.
  FileBytes& text(std::string_view text) { return put<std::uint64_t>(text.size()).raw(text); }
  FileBytes& pad_to(std::size_t alignment) {
    while (bytes_.size() % alignment != 0) bytes_.push_back(std::byte{0});
    return *this;
  }

  // Overwrites what is at a place.
  template <typename T>
  FileBytes& set(const std::string& name, T value, std::size_t shift = 0) {
    std::memcpy(&bytes_.at(place(name) + shift), &value, sizeof value);
    return *this;
  }
  FileBytes& set_text(const std::string& name, std::string_view text, std::size_t shift = 0) {
    std::memcpy(&bytes_.at(place(name) + shift), text.data(), text.size());
    return *this;
  }
  FileBytes& cut(std::size_t size) {
    bytes_.resize(size);
    return *this;
  }

  std::span<const std::byte> bytes() const { return bytes_; }
  std::vector<std::byte>& content() { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
  std::map<std::string, std::size_t> marks_;
};

// A GGUF file with a value of every kind and three tensors. Places: magic, version, tensor_count,
// kv_count, KEY (its name's length), KEY.type, KEY.value, NAME (of a tensor), NAME.rank,
// NAME.extents, NAME.type, NAME.offset, data.
FileBytes tiny_gguf();

// A safetensors file with this header, padded to 8 bytes, and `data_bytes` of data.
FileBytes safetensors_file(std::string_view header, std::size_t data_bytes);

}  // namespace bantam::test
