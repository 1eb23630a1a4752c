// Activations to 8-bit integers; the operations are those of cpu/scalar/activations.cpp.
#include <arm_neon.h>

#include "kernels/cpu/activation_limits.h"
#include "kernels/cpu/neon/kernels.h"
#include "kernels/cpu/rounded_bf16.h"
#include "tensor/half.h"

namespace bantam::kernels {
namespace {

// The bits of the largest magnitude of `count` floats, a multiple of 4.
std::uint32_t largest_magnitude_bits(const float* values, int count) {
  uint32x4_t largest = vdupq_n_u32(0);
  for (int i = 0; i < count; i += 4) {
    const float32x4_t magnitudes = vabsq_f32(vld1q_f32(values + i));
    largest = vmaxq_u32(largest, vreinterpretq_u32_f32(magnitudes));
  }
  return vmaxvq_u32(largest);
}

// Scale, and what values are multiplied with before rounding: 0 for a block without usable values.
struct Scales {
  float scale, inverse;
};
Scales scales_for(std::uint32_t largest_bits) {
  const float largest = bits_to_float(largest_bits);
  if (largest_bits >= 0x7f800000u) return {bits_to_float(0x7fc00000u), 0.0f};
  if (largest < kSmallestActivation) return {0.0f, 0.0f};
  return {largest / 127.0f, 127.0f / largest};
}

// Rounds 16 floats to integers.
int8x16_t round_all(const float* values, float inverse) {
  if (inverse == 0.0f) return vdupq_n_s8(0);
  const auto four = [&](int i) {
    return vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(values + i), inverse));
  };
  const int16x8_t low = vmovn_high_s32(vmovn_s32(four(0)), four(4));
  const int16x8_t high = vmovn_high_s32(vmovn_s32(four(8)), four(12));
  return vmovn_high_s16(vmovn_s16(low), high);
}

}  // namespace

void neon::quantize_q8x32(const float* values, std::int64_t count, ActivationQ8x32* blocks) {
  for (std::int64_t b = 0; b < count / 32; ++b) {
    const float* source = values + 32 * b;
    const Scales scales = scales_for(largest_magnitude_bits(source, 32));
    const int8x16_t low = round_all(source, scales.inverse);
    const int8x16_t high = round_all(source + 16, scales.inverse);
    blocks[b].scale = scales.scale;
    blocks[b].sum = vaddlvq_s8(low) + vaddlvq_s8(high);
    vst1q_s8(blocks[b].values, low);
    vst1q_s8(blocks[b].values + 16, high);
  }
}

void neon::quantize_q8x256(const float* values, std::int64_t count, ActivationQ8x256* blocks) {
  for (std::int64_t b = 0; b < count / 256; ++b) {
    const float* source = values + 256 * b;
    const Scales scales = scales_for(largest_magnitude_bits(source, 256));
    blocks[b].scale = scales.scale;
    for (int g = 0; g < 16; ++g) {
      const int8x16_t integers = round_all(source + 16 * g, scales.inverse);
      vst1q_s8(blocks[b].values + 16 * g, integers);
      blocks[b].sums[g] = vaddlvq_s8(integers);
    }
  }
}

void neon::round_bf16(const float* values, std::int64_t count, std::uint16_t* rounded) {
  round_all_bf16(values, count, rounded);
}

}  // namespace bantam::kernels
