// Activations to 8-bit integers; the operations are those of cpu/scalar/activations.cpp.
#include <immintrin.h>

#include "kernels/cpu/activation_limits.h"
#include "kernels/cpu/avx2/kernels.h"
#include "kernels/cpu/rounded_bf16.h"
#include "tensor/half.h"

namespace bantam::kernels {
namespace {

// The bits of the largest magnitude of `count` floats, a multiple of 8.
std::uint32_t largest_magnitude_bits(const float* values, int count) {
  const __m256i magnitude = _mm256_set1_epi32(0x7fffffff);
  __m256i largest = _mm256_setzero_si256();
  for (int i = 0; i < count; i += 8) {
    const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values + i));
    largest = _mm256_max_epu32(largest, _mm256_and_si256(bits, magnitude));
  }
  __m128i four =
      _mm_max_epu32(_mm256_castsi256_si128(largest), _mm256_extracti128_si256(largest, 1));
  four = _mm_max_epu32(four, _mm_shuffle_epi32(four, 0x4e));
  four = _mm_max_epu32(four, _mm_shuffle_epi32(four, 0xb1));
  return static_cast<std::uint32_t>(_mm_cvtsi128_si32(four));
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

__m256i round_eight(const float* values, __m256 inverse) {
  return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(values), inverse));
}

// Rounds 32 floats to integers.
__m256i round_all(const float* values, float inverse) {
  if (inverse == 0.0f) return _mm256_setzero_si256();
  const __m256 factor = _mm256_set1_ps(inverse);
  const __m256i low =
      _mm256_packs_epi32(round_eight(values, factor), round_eight(values + 8, factor));
  const __m256i high =
      _mm256_packs_epi32(round_eight(values + 16, factor), round_eight(values + 24, factor));
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);  // undoes the lanes of packing
  return _mm256_permutevar8x32_epi32(_mm256_packs_epi16(low, high), order);
}

// Eight sums of four integers.
__m256i sums_of_four(__m256i integers) {
  const __m256i pairs = _mm256_maddubs_epi16(_mm256_set1_epi8(1), integers);
  return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

}  // namespace

void avx2::quantize_q8x32(const float* values, std::int64_t count, ActivationQ8x32* blocks) {
  for (std::int64_t b = 0; b < count / 32; ++b) {
    const float* source = values + 32 * b;
    const Scales scales = scales_for(largest_magnitude_bits(source, 32));
    const __m256i integers = round_all(source, scales.inverse);
    const __m256i fours = sums_of_four(integers);
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(fours), _mm256_extracti128_si256(fours, 1));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4e));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1));
    blocks[b].scale = scales.scale;
    blocks[b].sum = _mm_cvtsi128_si32(sum);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(blocks[b].values), integers);
  }
}

void avx2::quantize_q8x256(const float* values, std::int64_t count, ActivationQ8x256* blocks) {
  for (std::int64_t b = 0; b < count / 256; ++b) {
    const float* source = values + 256 * b;
    const Scales scales = scales_for(largest_magnitude_bits(source, 256));
    blocks[b].scale = scales.scale;
    for (int g = 0; g < 8; ++g) {
      const __m256i integers = round_all(source + 32 * g, scales.inverse);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(blocks[b].values + 32 * g), integers);
      const __m256i fours = sums_of_four(integers);
      const __m256i eights = _mm256_hadd_epi32(fours, fours);
      const __m256i sixteens = _mm256_hadd_epi32(eights, eights);
      blocks[b].sums[2 * g] = static_cast<std::int16_t>(_mm256_cvtsi256_si32(sixteens));
      blocks[b].sums[2 * g + 1] = static_cast<std::int16_t>(_mm256_extract_epi32(sixteens, 4));
    }
  }
}

void avx2::round_bf16(const float* values, std::int64_t count, std::uint16_t* rounded) {
  round_all_bf16(values, count, rounded);
}

}  // namespace bantam::kernels
