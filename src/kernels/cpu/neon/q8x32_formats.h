// Formats with blocks of 32 as two registers of 16 codes:
//   value = scale * (code - kOffset) + minimum.
#pragma once

#include <arm_neon.h>

#include <cstdint>

#include "tensor/quant/iq4_nl.h"
#include "tensor/quant/mxfp4.h"
#include "tensor/quant/q4_0.h"
#include "tensor/quant/q4_1.h"
#include "tensor/quant/q5_0.h"
#include "tensor/quant/q5_1.h"
#include "tensor/quant/q8_0.h"

namespace bantam::kernels {
namespace {

struct Codes32 {
  int8x16_t low, high;
};

inline int8x16_t low_nibbles(uint8x16_t bytes) {
  return vreinterpretq_s8_u8(vandq_u8(bytes, vdupq_n_u8(15)));
}
inline int8x16_t high_nibbles(uint8x16_t bytes) {
  return vreinterpretq_s8_u8(vshrq_n_u8(bytes, 4));
}

inline Codes32 nibbles(const std::uint8_t* bytes) {
  const uint8x16_t packed = vld1q_u8(bytes);
  return {low_nibbles(packed), high_nibbles(packed)};
}

// Bits 0 to 15 of a word, from its byte `first` on, as 16 in sixteen bytes.
inline int8x16_t fifth_bits(uint8x16_t word, std::uint8_t first) {
  const uint8x16_t bytes = vcombine_u8(vdup_n_u8(first), vdup_n_u8(first + 1));
  const uint8x16_t bit_of = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201u));
  const uint8x16_t is_set = vtstq_u8(vqtbl1q_u8(word, bytes), bit_of);
  return vreinterpretq_s8_u8(vandq_u8(is_set, vdupq_n_u8(16)));
}

// Sets bit 4 of the codes from 32 bits.
inline Codes32 with_fifth_bits(Codes32 codes, const std::uint8_t* bits) {
  std::uint32_t word;
  __builtin_memcpy(&word, bits, sizeof word);
  const uint8x16_t bytes = vreinterpretq_u8_u32(vdupq_n_u32(word));
  return {vorrq_s8(codes.low, fifth_bits(bytes, 0)), vorrq_s8(codes.high, fifth_bits(bytes, 2))};
}

inline int8x16_t look_up(const std::int8_t* levels, int8x16_t indices) {
  return vqtbl1q_s8(vld1q_s8(levels), vreinterpretq_u8_s8(indices));
}

inline float32x4_t four_halves(const Half& a, const Half& b, const Half& c, const Half& d) {
  uint16x4_t bits = vdup_n_u16(a.bits);
  bits = vset_lane_u16(b.bits, bits, 1);
  bits = vset_lane_u16(c.bits, bits, 2);
  bits = vset_lane_u16(d.bits, bits, 3);
  return vcvt_f32_f16(vreinterpret_f16_u16(bits));
}

// The scales of block b of four rows.
template <typename Block>
float32x4_t four_scales(const Block* const* rows, std::int64_t b) {
  return four_halves(rows[0][b].scale, rows[1][b].scale, rows[2][b].scale, rows[3][b].scale);
}

template <typename Block>
float32x4_t four_minimums(const Block* const* rows, std::int64_t b) {
  return four_halves(rows[0][b].min, rows[1][b].min, rows[2][b].min, rows[3][b].min);
}

struct Q8_0Format {
  using Block = BlockQ8_0;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 128;
  static Codes32 codes(const Block& block) {
    return {vld1q_s8(block.codes), vld1q_s8(block.codes + 16)};
  }
  static float32x4_t scales(const Block* const* rows, std::int64_t b) {
    return four_scales(rows, b);
  }
};

struct Q4_0Format {
  using Block = BlockQ4_0;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 8;
  static constexpr int kLargestCode = 15;
  static Codes32 codes(const Block& block) { return nibbles(block.codes); }
  static float32x4_t scales(const Block* const* rows, std::int64_t b) {
    return four_scales(rows, b);
  }
};

struct Q4_1Format {
  using Block = BlockQ4_1;
  static constexpr bool kHasMinimum = true;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 15;
  static Codes32 codes(const Block& block) { return nibbles(block.codes); }
  static float32x4_t scales(const Block* const* rows, std::int64_t b) {
    return four_scales(rows, b);
  }
  static float32x4_t minimums(const Block* const* rows, std::int64_t b) {
    return four_minimums(rows, b);
  }
};

struct Q5_0Format {
  using Block = BlockQ5_0;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 16;
  static constexpr int kLargestCode = 31;
  static Codes32 codes(const Block& block) {
    return with_fifth_bits(nibbles(block.codes), block.fifth_bits);
  }
  static float32x4_t scales(const Block* const* rows, std::int64_t b) {
    return four_scales(rows, b);
  }
};

struct Q5_1Format {
  using Block = BlockQ5_1;
  static constexpr bool kHasMinimum = true;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 31;
  static Codes32 codes(const Block& block) {
    return with_fifth_bits(nibbles(block.codes), block.fifth_bits);
  }
  static float32x4_t scales(const Block* const* rows, std::int64_t b) {
    return four_scales(rows, b);
  }
  static float32x4_t minimums(const Block* const* rows, std::int64_t b) {
    return four_minimums(rows, b);
  }
};

struct IQ4_NLFormat {
  using Block = BlockIQ4_NL;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 127;
  static Codes32 codes(const Block& block) {
    const Codes32 indices = nibbles(block.codes);
    return {look_up(kIq4Levels, indices.low), look_up(kIq4Levels, indices.high)};
  }
  static float32x4_t scales(const Block* const* rows, std::int64_t b) {
    return four_scales(rows, b);
  }
};

// 2^(exponent - 128): below 2^-126 a subnormal float.
inline float32x4_t powers_of_two(uint32x4_t exponents) {
  const uint32x4_t normal = vshlq_n_u32(vsubq_u32(exponents, vdupq_n_u32(1)), 23);
  const uint32x4_t subnormal = vshlq_u32(vdupq_n_u32(0x00200000), vreinterpretq_s32_u32(exponents));
  const uint32x4_t is_subnormal = vcltq_u32(exponents, vdupq_n_u32(2));
  return vreinterpretq_f32_u32(vbslq_u32(is_subnormal, subnormal, normal));
}

struct MXFP4Format {
  using Block = BlockMXFP4;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 12;
  static Codes32 codes(const Block& block) {
    const Codes32 indices = nibbles(block.codes);
    return {look_up(kE2M1Doubled, indices.low), look_up(kE2M1Doubled, indices.high)};
  }
  static float32x4_t scales(const Block* const* rows, std::int64_t b) {
    const std::uint32_t exponents[4] = {rows[0][b].exponent, rows[1][b].exponent,
                                        rows[2][b].exponent, rows[3][b].exponent};
    return powers_of_two(vld1q_u32(exponents));
  }
};

}  // namespace
}  // namespace bantam::kernels
