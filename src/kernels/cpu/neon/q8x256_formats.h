// Formats with blocks of 256 as sixteen registers of 16 codes and 16-bit scales of groups:
//   value = scale * group_scale * (code - kOffset) - minimum_scale * group_minimum.
#pragma once

#include <arm_neon.h>

#include <cstdint>

#include "kernels/cpu/neon/q8x32_formats.h"
#include "tensor/quant/iq4_xs.h"
#include "tensor/quant/q2_k.h"
#include "tensor/quant/q3_k.h"
#include "tensor/quant/q4_k.h"
#include "tensor/quant/q5_k.h"
#include "tensor/quant/q6_k.h"

namespace bantam::kernels {
namespace {

// Of sixteen groups of 16, or of eight groups of 32, which then stand in `low`.
struct GroupScales {
  int16x8_t low, high;
};

inline GroupScales widen(int8x16_t bytes) {
  return {vmovl_s8(vget_low_s8(bytes)), vmovl_high_s8(bytes)};
}

// Bits [shift, shift + 2) of every byte.
template <int shift>
int8x16_t two_bits(uint8x16_t bytes) {
  if constexpr (shift == 6) return vreinterpretq_s8_u8(vshrq_n_u8(bytes, 6));
  if constexpr (shift == 0) return vreinterpretq_s8_u8(vandq_u8(bytes, vdupq_n_u8(3)));
  return vreinterpretq_s8_u8(vandq_u8(vshrq_n_u8(bytes, shift == 0 ? 1 : shift), vdupq_n_u8(3)));
}

// Codes of two bits: half h of 128 values in 32 bytes.
inline void two_bit_codes(const std::uint8_t* bytes, int8x16_t* codes) {
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const uint8x16_t packed = vld1q_u8(bytes + 16 * i);
    int8x16_t* out = codes + i / 2 * 8 + i % 2;
    out[0] = two_bits<0>(packed);
    out[2] = two_bits<2>(packed);
    out[4] = two_bits<4>(packed);
    out[6] = two_bits<6>(packed);
  }
}

// Codes of four bits: quarter q of 64 values in 32 bytes.
inline void four_bit_codes(const std::uint8_t* bytes, int8x16_t* codes) {
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    const uint8x16_t packed = vld1q_u8(bytes + 16 * i);
    int8x16_t* out = codes + i / 2 * 4 + i % 2;
    out[0] = low_nibbles(packed);
    out[2] = high_nibbles(packed);
  }
}

// Adds bit g of every byte to the codes of group g of 32 as `value`.
inline void add_bit_planes(const std::uint8_t* bytes, std::uint8_t value, int8x16_t* codes) {
  const uint8x16_t planes[2] = {vld1q_u8(bytes), vld1q_u8(bytes + 16)};
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) {
    const uint8x16_t is_set =
        vtstq_u8(planes[i % 2], vdupq_n_u8(static_cast<std::uint8_t>(1 << i / 2)));
    const uint8x16_t bit = vandq_u8(is_set, vdupq_n_u8(value));
    codes[i] = vorrq_s8(codes[i], vreinterpretq_s8_u8(bit));
  }
}

// The eight 6-bit scales and minimums of Q4_K and Q5_K.
struct SixBitScales {
  int16x8_t scales, minimums;
  explicit SixBitScales(const std::uint8_t* bytes) {
    std::uint32_t words[3];
    __builtin_memcpy(words, bytes, sizeof words);
    const std::uint32_t all[4] = {
        words[0] & 0x3f3f3f3fu, (words[2] & 0x0f0f0f0fu) | (words[0] >> 2 & 0x30303030u),
        words[1] & 0x3f3f3f3fu, (words[2] >> 4 & 0x0f0f0f0fu) | (words[1] >> 2 & 0x30303030u)};
    const int8x16_t sixteen = vreinterpretq_s8_u32(vld1q_u32(all));
    scales = vmovl_s8(vget_low_s8(sixteen));
    minimums = vmovl_high_s8(sixteen);
  }
};

template <typename Block>
float32x4_t four_minimum_scales(const Block* const* rows, std::int64_t b) {
  return four_halves(rows[0][b].min_scale, rows[1][b].min_scale, rows[2][b].min_scale,
                     rows[3][b].min_scale);
}

struct Q2_KFormat {
  using Block = BlockQ2_K;
  static constexpr bool kHasMinimum = true;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 3;
  static constexpr int kGroup = 16;
  static void codes(const Block& block, int8x16_t* codes) { two_bit_codes(block.codes, codes); }
  static GroupScales scales(const Block& block) {
    return widen(low_nibbles(vld1q_u8(block.group_scales)));
  }
  static GroupScales minimums(const Block& block) {
    return widen(high_nibbles(vld1q_u8(block.group_scales)));
  }
};

struct Q3_KFormat {
  using Block = BlockQ3_K;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 4;
  static constexpr int kLargestCode = 7;
  static constexpr int kGroup = 16;
  static void codes(const Block& block, int8x16_t* codes) {
    two_bit_codes(block.codes, codes);
    add_bit_planes(block.third_bits, 4, codes);
  }
  static GroupScales scales(const Block& block) {
    std::uint32_t high;
    __builtin_memcpy(&high, block.group_scales + 8, sizeof high);
    const std::uint32_t highs[4] = {high, high >> 2, high >> 4, high >> 6};
    const uint8x16_t top = vandq_u8(vreinterpretq_u8_u32(vld1q_u32(highs)), vdupq_n_u8(3));
    const uint8x8_t bytes = vld1_u8(block.group_scales);
    const uint8x16_t low = vcombine_u8(vand_u8(bytes, vdup_n_u8(15)), vshr_n_u8(bytes, 4));
    const int8x16_t joined = vreinterpretq_s8_u8(vorrq_u8(low, vshlq_n_u8(top, 4)));
    return widen(vsubq_s8(joined, vdupq_n_s8(32)));
  }
};

struct Q4_KFormat {
  using Block = BlockQ4_K;
  static constexpr bool kHasMinimum = true;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 15;
  static constexpr int kGroup = 32;
  static void codes(const Block& block, int8x16_t* codes) { four_bit_codes(block.codes, codes); }
  static GroupScales scales(const Block& block) {
    return {SixBitScales(block.group_scales).scales, vdupq_n_s16(0)};
  }
  static GroupScales minimums(const Block& block) {
    return {SixBitScales(block.group_scales).minimums, vdupq_n_s16(0)};
  }
};

struct Q5_KFormat {
  using Block = BlockQ5_K;
  static constexpr bool kHasMinimum = true;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 31;
  static constexpr int kGroup = 32;
  static void codes(const Block& block, int8x16_t* codes) {
    four_bit_codes(block.codes, codes);
    add_bit_planes(block.fifth_bits, 16, codes);
  }
  static GroupScales scales(const Block& block) {
    return {SixBitScales(block.group_scales).scales, vdupq_n_s16(0)};
  }
  static GroupScales minimums(const Block& block) {
    return {SixBitScales(block.group_scales).minimums, vdupq_n_s16(0)};
  }
};

struct Q6_KFormat {
  using Block = BlockQ6_K;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 32;
  static constexpr int kLargestCode = 63;
  static constexpr int kGroup = 16;
  static void codes(const Block& block, int8x16_t* codes) {
    const uint8x16_t top = vdupq_n_u8(0x30);
    const auto join = [](int8x16_t low, uint8x16_t high) {
      return vorrq_s8(low, vreinterpretq_s8_u8(high));
    };
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {  // sixteen bytes of high bits, for four times sixteen codes
      const uint8x16_t first = vld1q_u8(block.low_bits + i / 2 * 64 + i % 2 * 16);
      const uint8x16_t second = vld1q_u8(block.low_bits + i / 2 * 64 + 32 + i % 2 * 16);
      const uint8x16_t high = vld1q_u8(block.high_bits + 16 * i);
      int8x16_t* out = codes + i / 2 * 8 + i % 2;
      out[0] = join(low_nibbles(first), vandq_u8(vshlq_n_u8(high, 4), top));
      out[2] = join(low_nibbles(second), vandq_u8(vshlq_n_u8(high, 2), top));
      out[4] = join(high_nibbles(first), vandq_u8(high, top));
      out[6] = join(high_nibbles(second), vandq_u8(vshrq_n_u8(high, 2), top));
    }
  }
  static GroupScales scales(const Block& block) { return widen(vld1q_s8(block.group_scales)); }
};

struct IQ4_XSFormat {
  using Block = BlockIQ4_XS;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 127;
  static constexpr int kGroup = 32;
  static void codes(const Block& block, int8x16_t* codes) {
#pragma GCC unroll 8
    for (int g = 0; g < 8; ++g) {
      const Codes32 indices = nibbles(block.codes + 16 * g);
      codes[2 * g] = look_up(kIq4Levels, indices.low);
      codes[2 * g + 1] = look_up(kIq4Levels, indices.high);
    }
  }
  static GroupScales scales(const Block& block) {
    std::uint32_t low;
    __builtin_memcpy(&low, block.group_scales_low, sizeof low);
    const std::int16_t nibble[8] = {0, -4, 0, -4, 0, -4, 0, -4};
    const std::int16_t pair[8] = {0, -2, -4, -6, -8, -10, -12, -14};
    const uint8x8_t bytes = vreinterpret_u8_u32(vdup_n_u32(low));
    const uint16x8_t lows = vmovl_u8(vzip1_u8(bytes, bytes));  // byte g / 2 for group g
    const uint16x8_t highs = vdupq_n_u16(block.group_scales_high);
    const uint16x8_t low_bits = vandq_u16(vshlq_u16(lows, vld1q_s16(nibble)), vdupq_n_u16(15));
    const uint16x8_t high_bits = vandq_u16(vshlq_u16(highs, vld1q_s16(pair)), vdupq_n_u16(3));
    const int16x8_t joined = vreinterpretq_s16_u16(vorrq_u16(low_bits, vshlq_n_u16(high_bits, 4)));
    return {vsubq_s16(joined, vdupq_n_s16(32)), vdupq_n_s16(0)};
  }
};

}  // namespace
}  // namespace bantam::kernels
