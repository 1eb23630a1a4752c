// One 32-bit word of each of eight rows in a register: four 8-bit codes of a row, a pair of 16-bit
// integers, or a sum. What x86/*_panels.h are written in; a panel is two of them across.
#pragma once

#include "kernels/cpu/avx2/lanes.h"

namespace bantam::kernels {
namespace {

using Words = __m256i;
using RowFloats = __m256;
inline constexpr std::int64_t kWordRows = 8;

inline Words zero_words() { return _mm256_setzero_si256(); }
inline Words splat_int(int x) { return _mm256_set1_epi32(x); }
inline Words load_words(const void* p) { return _mm256_load_si256(static_cast<const __m256i*>(p)); }
inline void store_words(void* p, Words x) { _mm256_store_si256(static_cast<__m256i*>(p), x); }

// Four 8-bit or two 16-bit integers in every word.
inline Words splat_word(const void* p) {
  int word;
  __builtin_memcpy(&word, p, sizeof word);
  return _mm256_set1_epi32(word);
}

// Word `index` of the rows, from where the words of a panel's block stand.
inline Words panel_word(const std::byte* words, std::int64_t index) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words + index * 64));
}

inline Words or_words(Words a, Words b) { return _mm256_or_si256(a, b); }
inline Words and_words(Words x, unsigned mask) {
  return _mm256_and_si256(x, _mm256_set1_epi32(static_cast<int>(mask)));
}
inline Words and_bytes(Words x, char mask) { return _mm256_and_si256(x, _mm256_set1_epi8(mask)); }
inline Words flip_bytes(Words x, char mask) { return _mm256_xor_si256(x, _mm256_set1_epi8(mask)); }
inline Words add_to_bytes(Words x, char y) { return _mm256_add_epi8(x, _mm256_set1_epi8(y)); }

// Shifts of 16-bit and of 32-bit integers.
template <int count>
Words left_16(Words x) {
  return _mm256_slli_epi16(x, count);
}
template <int count>
Words right_16(Words x) {
  return _mm256_srli_epi16(x, count);
}
template <int count>
Words signed_right_16(Words x) {
  return _mm256_srai_epi16(x, count);
}
template <int count>
Words left_32(Words x) {
  return _mm256_slli_epi32(x, count);
}
template <int count>
Words right_32(Words x) {
  return _mm256_srli_epi32(x, count);
}
template <int count>
Words signed_right_32(Words x) {
  return _mm256_srai_epi32(x, count);
}
inline Words right_16_by(Words x, int count) {
  return _mm256_srl_epi16(x, _mm_cvtsi32_si128(count));
}

inline Words add_32(Words a, Words b) { return _mm256_add_epi32(a, b); }
inline Words subtract_32(Words a, Words b) { return _mm256_sub_epi32(a, b); }
inline Words multiply_32(Words a, Words b) { return _mm256_mullo_epi32(a, b); }
inline Words multiply_16(Words a, short b) { return _mm256_mullo_epi16(a, _mm256_set1_epi16(b)); }

// The bytes of every word that four bytes name; one from 0x80 on gives 0.
inline Words pick_bytes(Words words, unsigned bytes) {
  const __m128i lane = _mm_setr_epi32(0, 0x04040404, 0x08080808, 0x0c0c0c0c);
  const __m128i control = _mm_add_epi32(_mm_set1_epi32(static_cast<int>(bytes)), lane);
  return _mm256_shuffle_epi8(words, _mm256_broadcastsi128_si256(control));
}

inline RowFloats zero_floats() { return _mm256_setzero_ps(); }
inline RowFloats splat_float(float x) { return _mm256_set1_ps(x); }
inline RowFloats load_floats(const float* p) { return _mm256_load_ps(p); }
inline void store_floats(float* p, RowFloats x) { _mm256_store_ps(p, x); }
inline RowFloats to_floats(Words x) { return _mm256_cvtepi32_ps(x); }
inline RowFloats multiply_floats(RowFloats a, RowFloats b) { return _mm256_mul_ps(a, b); }
inline RowFloats fma(RowFloats a, RowFloats b, RowFloats c) { return _mm256_fmadd_ps(a, b, c); }
inline RowFloats negated_fma(RowFloats a, RowFloats b, RowFloats c) {
  return _mm256_fnmadd_ps(a, b, c);
}

// One half of each row, and the halves in the low and in the high 16 bits of words.
inline RowFloats row_halves(const std::byte* halves) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(halves)));
}
inline RowFloats halves_of_low_words(Words words) {
  const Words low = and_words(words, 0xffff);
  return _mm256_cvtph_ps(
      _mm_packus_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1)));
}
inline RowFloats halves_of_high_words(Words words) {
  return halves_of_low_words(_mm256_srli_epi32(words, 16));
}

// 2^(exponent - 128) of one byte of each row: below 2^-126 a subnormal float.
inline RowFloats row_powers_of_two(const std::byte* bytes) {
  const __m256i exponents =
      _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes)));
  const __m256i normal = _mm256_slli_epi32(_mm256_sub_epi32(exponents, _mm256_set1_epi32(1)), 23);
  const __m256i subnormal = _mm256_sllv_epi32(_mm256_set1_epi32(0x00200000), exponents);
  const __m256i is_subnormal = _mm256_cmpgt_epi32(_mm256_set1_epi32(2), exponents);
  return _mm256_castsi256_ps(_mm256_blendv_epi8(normal, subnormal, is_subnormal));
}

// Makes the compiler finish x here. Left alone, gcc puts off the additions of an unrolled loop
// until their inputs spill.
inline void settle(__m256i& x) { asm("" : "+x"(x)); }

}  // namespace
}  // namespace bantam::kernels
