// One 32-bit word of each of sixteen rows in a register: four 8-bit codes of a row, a pair of
// 16-bit integers, or a sum. What x86/*_panels.h are written in.
#pragma once

#include "kernels/cpu/avx512/lanes.h"

namespace bantam::kernels {
namespace {

using Words = __m512i;
using RowFloats = __m512;
inline constexpr std::int64_t kWordRows = 16;

inline Words zero_words() { return _mm512_setzero_si512(); }
inline Words splat_int(int x) { return _mm512_set1_epi32(x); }
inline Words load_words(const void* p) { return _mm512_load_si512(p); }
inline void store_words(void* p, Words x) { _mm512_store_si512(p, x); }

// Four 8-bit or two 16-bit integers in every word.
inline Words splat_word(const void* p) {
  int word;
  __builtin_memcpy(&word, p, sizeof word);
  return _mm512_set1_epi32(word);
}

// Word `index` of the rows, from where the words of a panel's block stand.
inline Words panel_word(const std::byte* words, std::int64_t index) {
  return _mm512_loadu_si512(words + index * 64);
}

inline Words or_words(Words a, Words b) { return _mm512_or_si512(a, b); }
inline Words and_words(Words x, unsigned mask) {
  return _mm512_and_si512(x, _mm512_set1_epi32(static_cast<int>(mask)));
}
inline Words and_bytes(Words x, char mask) { return _mm512_and_si512(x, _mm512_set1_epi8(mask)); }
inline Words flip_bytes(Words x, char mask) { return _mm512_xor_si512(x, _mm512_set1_epi8(mask)); }
inline Words add_to_bytes(Words x, char y) { return _mm512_add_epi8(x, _mm512_set1_epi8(y)); }

// Shifts of 16-bit and of 32-bit integers.
template <unsigned count>
Words left_16(Words x) {
  return _mm512_slli_epi16(x, count);
}
template <unsigned count>
Words right_16(Words x) {
  return _mm512_srli_epi16(x, count);
}
template <unsigned count>
Words signed_right_16(Words x) {
  return _mm512_srai_epi16(x, count);
}
template <unsigned count>
Words left_32(Words x) {
  return _mm512_slli_epi32(x, count);
}
template <unsigned count>
Words right_32(Words x) {
  return _mm512_srli_epi32(x, count);
}
template <unsigned count>
Words signed_right_32(Words x) {
  return _mm512_srai_epi32(x, count);
}
inline Words right_16_by(Words x, int count) {
  return _mm512_srl_epi16(x, _mm_cvtsi32_si128(count));
}

inline Words add_32(Words a, Words b) { return _mm512_add_epi32(a, b); }
inline Words subtract_32(Words a, Words b) { return _mm512_sub_epi32(a, b); }
inline Words multiply_32(Words a, Words b) { return _mm512_mullo_epi32(a, b); }
inline Words multiply_16(Words a, short b) { return _mm512_mullo_epi16(a, _mm512_set1_epi16(b)); }

// The bytes of every word that four bytes name; one from 0x80 on gives 0.
inline Words pick_bytes(Words words, unsigned bytes) {
  const __m128i lane = _mm_setr_epi32(0, 0x04040404, 0x08080808, 0x0c0c0c0c);
  const __m128i control = _mm_add_epi32(_mm_set1_epi32(static_cast<int>(bytes)), lane);
  return _mm512_shuffle_epi8(words, _mm512_broadcast_i32x4(control));
}
inline Words look_up(const std::int8_t* table, Words indices) {
  const __m128i sixteen = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
  return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(sixteen), indices);
}

inline RowFloats zero_floats() { return _mm512_setzero_ps(); }
inline RowFloats splat_float(float x) { return _mm512_set1_ps(x); }
inline RowFloats load_floats(const float* p) { return _mm512_load_ps(p); }
inline void store_floats(float* p, RowFloats x) { _mm512_store_ps(p, x); }
inline RowFloats to_floats(Words x) { return _mm512_cvtepi32_ps(x); }
inline RowFloats multiply_floats(RowFloats a, RowFloats b) { return _mm512_mul_ps(a, b); }
inline RowFloats fma(RowFloats a, RowFloats b, RowFloats c) { return _mm512_fmadd_ps(a, b, c); }
inline RowFloats negated_fma(RowFloats a, RowFloats b, RowFloats c) {
  return _mm512_fnmadd_ps(a, b, c);
}

// One half of each row, and the halves in the low and in the high 16 bits of words.
inline RowFloats row_halves(const std::byte* halves) {
  return load_half(reinterpret_cast<const std::uint16_t*>(halves)).all;
}
inline RowFloats halves_of_low_words(Words words) {
  return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(words));
}
inline RowFloats halves_of_high_words(Words words) {
  return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(_mm512_srli_epi32(words, 16)));
}

// 2^(exponent - 128) of one byte of each row: below 2^-126 a subnormal float.
inline RowFloats row_powers_of_two(const std::byte* bytes) {
  const __m512i exponents = _mm512_cvtepu16_epi32(
      _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes))));
  const __m512i normal = _mm512_slli_epi32(_mm512_sub_epi32(exponents, _mm512_set1_epi32(1)), 23);
  const __m512i subnormal = _mm512_sllv_epi32(_mm512_set1_epi32(0x00200000), exponents);
  const __mmask16 is_subnormal = _mm512_cmpgt_epi32_mask(_mm512_set1_epi32(2), exponents);
  return _mm512_castsi512_ps(_mm512_mask_mov_epi32(normal, is_subnormal, subnormal));
}

}  // namespace
}  // namespace bantam::kernels
