// A reader over the bytes of one file that can only move forward and never leaves them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/error.h"
#include "base/format.h"

namespace bantam {

static_assert(std::endian::native == std::endian::little, "file formats here are little endian");

// Views `bytes`, which outlive it; copies `file` only to name it in errors. One thread at a time.
class ByteView {
 public:
  ByteView(std::string_view file, std::span<const std::byte> bytes) : file_(file), bytes_(bytes) {}

  std::uint64_t offset() const { return offset_; }
  std::uint64_t remaining() const { return bytes_.size() - offset_; }
  const std::string& file() const { return file_; }

  // The next `count` bytes. Throws BadFile naming `field` where fewer remain.
  std::span<const std::byte> take_bytes(std::uint64_t count, std::string_view field) {
    if (count > remaining()) {
      fail(field, format("{} bytes", count), format("at most the {} that remain", remaining()));
    }
    const auto result = bytes_.subspan(offset_, count);
    offset_ += count;
    return result;
  }

  // The next number, little endian, of any alignment.
  template <typename T>
    requires std::is_arithmetic_v<T>
  T take(std::string_view field) {
    if (sizeof(T) > remaining()) {
      fail(field, format("{} bytes before the end of the file", remaining()),
           format("{}", sizeof(T)));
    }
    T value;
    std::memcpy(&value, bytes_.data() + offset_, sizeof(T));
    offset_ += sizeof(T);
    return value;
  }

  // The next `length` bytes as text; nothing is said about their encoding.
  std::string_view take_text(std::uint64_t length, std::string_view field) {
    const auto bytes = take_bytes(length, field);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  // Throws BadFile at the current offset.
  [[noreturn]] void fail(std::string_view field, std::string found, std::string expected) const {
    throw_bad_file({file_, offset_, field, std::move(found), std::move(expected)});
  }

 private:
  std::string file_;
  std::span<const std::byte> bytes_;
  std::uint64_t offset_ = 0;
};

}  // namespace bantam
