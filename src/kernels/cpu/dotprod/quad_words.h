// Panels four rows at a time: a register holds a 32-bit word of each of four rows, such as four
// codes, and one instruction multiplies it with four activations.
#pragma once

#include <arm_neon.h>

#include "kernels/cpu/neon/q8x32_formats.h"

namespace bantam::kernels {
namespace {

constexpr int kQuadRows = 4;

// Word `index` of four rows, from where the words of a panel's block stand for them.
inline uint8x16_t quad_word(const std::byte* words, int index) {
  return vld1q_u8(reinterpret_cast<const std::uint8_t*>(words) + index * 64);
}

inline int8x16_t masked(uint8x16_t bytes, std::uint8_t mask) {
  return vreinterpretq_s8_u8(vandq_u8(bytes, vdupq_n_u8(mask)));
}

// One half of each row, and the halves in the low and in the high 16 bits of words.
inline float32x4_t quad_halves(const std::byte* halves) {
  const uint16x4_t bits = vld1_u16(reinterpret_cast<const std::uint16_t*>(halves));
  return vcvt_f32_f16(vreinterpret_f16_u16(bits));
}
inline float32x4_t halves_of_low_words(uint8x16_t words) {
  return vcvt_f32_f16(vreinterpret_f16_u16(vmovn_u32(vreinterpretq_u32_u8(words))));
}
inline float32x4_t halves_of_high_words(uint8x16_t words) {
  return vcvt_f32_f16(vreinterpret_f16_u16(vshrn_n_u32(vreinterpretq_u32_u8(words), 16)));
}

// sums + codes times sixteen activations.
inline int32x4_t add_sixteen(int32x4_t sums, const int8x16_t* codes, int8x16_t activations) {
  sums = vdotq_laneq_s32(sums, codes[0], activations, 0);
  sums = vdotq_laneq_s32(sums, codes[1], activations, 1);
  sums = vdotq_laneq_s32(sums, codes[2], activations, 2);
  return vdotq_laneq_s32(sums, codes[3], activations, 3);
}

}  // namespace
}  // namespace bantam::kernels
