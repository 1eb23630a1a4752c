// Blocks of 32 to floats, bit for bit as the reference decoder.
#pragma once

#include "kernels/cpu/neon/q8x32_formats.h"

namespace bantam::kernels {
namespace {

inline void store_scaled(int8x16_t codes, float32x4_t scale, float* values) {
  const int16x8_t low = vmovl_s8(vget_low_s8(codes));
  const int16x8_t high = vmovl_high_s8(codes);
  const int32x4_t fours[] = {vmovl_s16(vget_low_s16(low)), vmovl_high_s16(low),
                             vmovl_s16(vget_low_s16(high)), vmovl_high_s16(high)};
  for (int i = 0; i < 4; ++i) vst1q_f32(values + 4 * i, vmulq_f32(vcvtq_f32_s32(fours[i]), scale));
}

// Codes of blocks of 32, less kOffset, times the scale.
template <typename Format>
void decode_codes(const std::byte* bytes, float* values, std::int64_t count) {
  const auto* blocks = reinterpret_cast<const typename Format::Block*>(bytes);
  const int8x16_t offset = vdupq_n_s8(Format::kOffset);
  for (std::int64_t b = 0; b < count / 32; ++b) {
    const Codes32 codes = Format::codes(blocks[b]);
    const float16x4_t half = vreinterpret_f16_u16(vdup_n_u16(blocks[b].scale.bits));
    const float32x4_t scale = vcvt_f32_f16(half);
    store_scaled(vsubq_s8(codes.low, offset), scale, values + 32 * b);
    store_scaled(vsubq_s8(codes.high, offset), scale, values + 32 * b + 16);
  }
}

}  // namespace
}  // namespace bantam::kernels
