// Groups of integers of 2, 3, 4 or 8 bits with a float scale and a zero point: what GPTQ, AWQ and
// the integer kinds of compressed-tensors become in memory.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"
#include "tensor/quant/little_endian.h"

namespace bantam {

// value[i] = (code[i] - zero) * scale: an exact difference and one rounding. kCount is 32 or 128;
// the codes of each 32 values stand together, as pack_int_group_codes packs them. A layout of our
// own: a float holds every scale that a file may have, and groups larger than a block repeat
// theirs.
template <int kBits, int kCount>
struct BlockIntGroup {
  static constexpr int kBytes32 = kBits * 4;  // of 32 codes
  std::uint8_t scale[4];                      // a float, little-endian
  std::uint8_t zero;
  std::uint8_t codes[kCount / 32 * kBytes32];
};
static_assert(sizeof(BlockIntGroup<4, 128>) == 69 && sizeof(BlockIntGroup<3, 32>) == 17);

// Codes of 32 values, each below 2^kBits, as bytes:
// - 8 bits: one after another.
// - 4 bits: byte j holds value j (low) and value j + 16 (high).
// - 2 bits: byte j holds values j, j + 8, j + 16, j + 24 from the low bits up.
// - 3 bits: the low two bits as above, then a u32 whose bit i is the third bit of value i.
template <int kBits>
void pack_int_group_codes(const std::uint8_t* codes, std::uint8_t* bytes);

// The inverse.
template <int kBits>
void unpack_int_group_codes(const std::uint8_t* bytes, std::uint8_t* codes);

// The function of its row in the format table; `count` is a multiple of the block size.
template <int kBits, int kCount>
void decode_int_group(const std::byte* blocks, float* values, std::int64_t count);

template <int kBits>
void pack_int_group_codes(const std::uint8_t* codes, std::uint8_t* bytes) {
  constexpr int kLowBits = kBits == 3 ? 2 : kBits;
  constexpr int kPerByte = 8 / kLowBits;
  constexpr int kStride = 32 / kPerByte;
  for (int j = 0; j < kStride; ++j) {
    unsigned byte = 0;
    for (int k = 0; k < kPerByte; ++k) {
      byte |= (codes[j + k * kStride] & ((1u << kLowBits) - 1u)) << (k * kLowBits);
    }
    bytes[j] = static_cast<std::uint8_t>(byte);
  }
  if constexpr (kBits == 3) {
    std::uint32_t third = 0;
    for (int i = 0; i < 32; ++i) third |= (codes[i] >> 2 & 1u) << i;
    store_u32(bytes + kStride, third);
  }
}

template <int kBits>
void unpack_int_group_codes(const std::uint8_t* bytes, std::uint8_t* codes) {
  constexpr int kLowBits = kBits == 3 ? 2 : kBits;
  constexpr int kPerByte = 8 / kLowBits;
  constexpr int kStride = 32 / kPerByte;
  for (int j = 0; j < kStride; ++j) {
    for (int k = 0; k < kPerByte; ++k) {
      codes[j + k * kStride] =
          static_cast<std::uint8_t>(bytes[j] >> (k * kLowBits) & ((1u << kLowBits) - 1u));
    }
  }
  if constexpr (kBits == 3) {
    const std::uint32_t third = load_u32(bytes + kStride);
    for (int i = 0; i < 32; ++i) codes[i] |= static_cast<std::uint8_t>((third >> i & 1u) << 2);
  }
}

}  // namespace bantam
