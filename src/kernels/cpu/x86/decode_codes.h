// Blocks of 32 to floats, bit for bit as the reference decoder.
#pragma once

#include "kernels/cpu/x86/q8x32_formats.h"

namespace bantam::kernels {
namespace {

// Codes of blocks of 32, less kOffset, times the scale.
template <typename Format>
void decode_codes(const std::byte* bytes, float* values, std::int64_t count) {
  const auto* blocks = reinterpret_cast<const typename Format::Block*>(bytes);
  for (std::int64_t b = 0; b < count / 32; ++b) {
    alignas(32) std::int8_t codes[32];
    const __m256i shifted =
        _mm256_sub_epi8(Format::codes(blocks[b]), _mm256_set1_epi8(Format::kOffset));
    _mm256_store_si256(reinterpret_cast<__m256i*>(codes), shifted);
    const __m256 scale = _mm256_set1_ps(_cvtsh_ss(blocks[b].scale.bits));
    for (int i = 0; i < 32; i += 8) {
      const __m128i eight = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes + i));
      const __m256 integers = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(eight));
      _mm256_storeu_ps(values + 32 * b + i, _mm256_mul_ps(integers, scale));
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
