// AVX-512 for tests on processors that have AVX2 only: SIMDe under the names of the intrinsics, and
// those that SIMDe 0.7.4 lacks, through memory and two AVX2 halves.
#pragma once

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <immintrin.h>
#include <simde/x86/avx512.h>

#include <cstdint>

namespace bantam::kernels {
namespace {

struct EmulatedWords {
  alignas(64) int words[16];
  __m256i half(int index) const {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(words + 8 * index));
  }
  void set_half(int index, __m256i value) {
    _mm256_store_si256(reinterpret_cast<__m256i*>(words + 8 * index), value);
  }
  explicit EmulatedWords(__m512i all) { _mm512_store_si512(words, all); }
  EmulatedWords(__m256i low, __m256i high) {
    set_half(0, low);
    set_half(1, high);
  }
  __m512i all() const { return _mm512_load_si512(words); }
  __m512 floats() const { return _mm512_castsi512_ps(all()); }
};

[[maybe_unused]] inline __m512 emulated_cvtepi32_ps(__m512i a) {
  const EmulatedWords in(a);
  return EmulatedWords(_mm256_castps_si256(_mm256_cvtepi32_ps(in.half(0))),
                       _mm256_castps_si256(_mm256_cvtepi32_ps(in.half(1))))
      .floats();
}

[[maybe_unused]] inline __m512i emulated_cvtepu16_epi32(__m256i a) {
  return EmulatedWords(_mm256_cvtepu16_epi32(_mm256_castsi256_si128(a)),
                       _mm256_cvtepu16_epi32(_mm256_extracti128_si256(a, 1)))
      .all();
}

[[maybe_unused]] inline __m256i emulated_cvtepi32_epi16(__m512i a) {
  const EmulatedWords in(a);
  std::uint16_t low[16];
  for (int i = 0; i < 16; ++i) low[i] = static_cast<std::uint16_t>(in.words[i]);
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(low));
}

[[maybe_unused]] inline __m512 emulated_cvtph_ps(__m256i a) {
  return EmulatedWords(_mm256_castps_si256(_mm256_cvtph_ps(_mm256_castsi256_si128(a))),
                       _mm256_castps_si256(_mm256_cvtph_ps(_mm256_extracti128_si256(a, 1))))
      .floats();
}

[[maybe_unused]] inline __m256 emulated_extractf32x8_ps(__m512 a, int index) {
  return _mm256_castsi256_ps(EmulatedWords(_mm512_castps_si512(a)).half(index));
}

[[maybe_unused]] inline __m512i emulated_srai_epi32(__m512i a, unsigned count) {
  const EmulatedWords in(a);
  const int bits = static_cast<int>(count);
  return EmulatedWords(_mm256_srai_epi32(in.half(0), bits), _mm256_srai_epi32(in.half(1), bits))
      .all();
}

[[maybe_unused]] inline __m512 emulated_maskz_loadu_ps(unsigned mask, const void* p) {
  EmulatedWords out(_mm512_setzero_si512());
  for (int i = 0; i < 16; ++i) {
    if ((mask >> i & 1u) != 0) __builtin_memcpy(out.words + i, static_cast<const int*>(p) + i, 4);
  }
  return out.floats();
}

[[maybe_unused]] inline void emulated_mask_storeu_ps(void* p, unsigned mask, __m512 a) {
  const EmulatedWords in(_mm512_castps_si512(a));
  for (int i = 0; i < 16; ++i) {
    if ((mask >> i & 1u) != 0) __builtin_memcpy(static_cast<int*>(p) + i, in.words + i, 4);
  }
}

}  // namespace
}  // namespace bantam::kernels

#undef _mm512_cvtepi32_ps
#define _mm512_cvtepi32_ps(a) emulated_cvtepi32_ps(a)
#undef _mm512_cvtepi32_epi16
#define _mm512_cvtepi32_epi16(a) emulated_cvtepi32_epi16(a)
#undef _mm512_cvtepu16_epi32
#define _mm512_cvtepu16_epi32(a) emulated_cvtepu16_epi32(a)
#undef _mm512_cvtph_ps
#define _mm512_cvtph_ps(a) emulated_cvtph_ps(a)
#undef _mm512_extractf32x8_ps
#define _mm512_extractf32x8_ps(a, index) emulated_extractf32x8_ps(a, index)
#undef _mm512_srai_epi32
#define _mm512_srai_epi32(a, count) emulated_srai_epi32(a, count)
#undef _mm512_maskz_loadu_ps
#define _mm512_maskz_loadu_ps(mask, p) emulated_maskz_loadu_ps(mask, p)
#undef _mm512_mask_storeu_ps
#define _mm512_mask_storeu_ps(p, mask, a) emulated_mask_storeu_ps(p, mask, a)
