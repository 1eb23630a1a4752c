// Numbers and names of the GGUF container, versions 2 and 3 (ggml's docs/gguf.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bantam::formats {

inline constexpr std::string_view kGgufMagic = "GGUF";
inline constexpr std::uint32_t kGgufVersion = 3;  // what we write; 2 has the same layout

// The type of a metadata value, as the file says it.
enum class GgufType : std::uint32_t {
  U8 = 0,
  I8 = 1,
  U16 = 2,
  I16 = 3,
  U32 = 4,
  I32 = 5,
  F32 = 6,
  Bool = 7,
  Text = 8,
  Array = 9,
  U64 = 10,
  I64 = 11,
  F64 = 12,
};

inline constexpr std::uint32_t kGgufValueTypeCount = 13;

// Bytes of one value; 0 for texts and arrays, which say their size themselves.
constexpr std::uint64_t gguf_type_bytes(GgufType type) {
  constexpr std::uint8_t kBytes[kGgufValueTypeCount] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return kBytes[static_cast<std::size_t>(type)];
}

constexpr std::string_view gguf_type_name(GgufType type) {
  constexpr std::string_view kNames[kGgufValueTypeCount] = {
      "u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "text", "array", "u64", "i64", "f64"};
  return kNames[static_cast<std::size_t>(type)];
}

}  // namespace bantam::formats
