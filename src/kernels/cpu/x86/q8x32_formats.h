// Formats with blocks of 32 as vectors of 32 codes: value = scale * (code - kOffset) + minimum.
#pragma once

#include <immintrin.h>

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

inline __m256i nibbles(const std::uint8_t* bytes) {
  const __m128i packed = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  const __m256i both =
      _mm256_inserti128_si256(_mm256_castsi128_si256(packed), _mm_srli_epi16(packed, 4), 1);
  return _mm256_and_si256(both, _mm256_set1_epi8(15));
}

// Codes 0 to 15 of two blocks in the halves of `low`, 16 to 31 in `high`.
struct CodePair {
  __m256i low, high;
};

inline __m256i load_pair(const void* a, const void* b) {
  const __m128i first = _mm_loadu_si128(static_cast<const __m128i*>(a));
  const __m128i second = _mm_loadu_si128(static_cast<const __m128i*>(b));
  return _mm256_inserti128_si256(_mm256_castsi128_si256(first), second, 1);
}

inline CodePair nibble_pair(const std::uint8_t* a, const std::uint8_t* b) {
  const __m256i packed = load_pair(a, b);
  const __m256i mask = _mm256_set1_epi8(15);
  return {_mm256_and_si256(packed, mask), _mm256_and_si256(_mm256_srli_epi16(packed, 4), mask)};
}

// Bit i of the 32 as 16 in byte i.
inline __m256i fifth_bits(const std::uint8_t* bytes) {
  int bits;
  __builtin_memcpy(&bits, bytes, 4);
  const __m256i byte_of =
      _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
  const __m256i bit_of = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201ull));
  const __m256i spread = _mm256_shuffle_epi8(_mm256_set1_epi32(bits), byte_of);
  const __m256i is_set = _mm256_cmpeq_epi8(_mm256_and_si256(spread, bit_of), bit_of);
  return _mm256_and_si256(is_set, _mm256_set1_epi8(16));
}

// Sets bit 4 of the codes of two blocks from 32 bits each.
inline CodePair with_fifth_bits(CodePair codes, const std::uint8_t* a, const std::uint8_t* b) {
  int first;
  int second;
  __builtin_memcpy(&first, a, 4);
  __builtin_memcpy(&second, b, 4);
  const __m256i bits = _mm256_inserti128_si256(_mm256_set1_epi32(first), _mm_set1_epi32(second), 1);
  const __m256i low_byte = _mm256_broadcastsi128_si256(_mm_set_epi64x(0x0101010101010101, 0));
  const __m256i high_byte = _mm256_add_epi8(low_byte, _mm256_set1_epi8(2));
  const __m256i bit_of = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201ull));
  const __m256i sixteen = _mm256_set1_epi8(16);
  const __m256i low = _mm256_and_si256(_mm256_shuffle_epi8(bits, low_byte), bit_of);
  const __m256i high = _mm256_and_si256(_mm256_shuffle_epi8(bits, high_byte), bit_of);
  const __m256i low_set = _mm256_and_si256(_mm256_cmpeq_epi8(low, bit_of), sixteen);
  const __m256i high_set = _mm256_and_si256(_mm256_cmpeq_epi8(high, bit_of), sixteen);
  return {_mm256_or_si256(codes.low, low_set), _mm256_or_si256(codes.high, high_set)};
}

inline __m256i look_up(const std::int8_t* table, __m256i indices) {
  const __m128i half = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(half), indices);
}

inline __m128 four_halves(Half a, Half b, Half c, Half d) {
  __m128i bits = _mm_cvtsi32_si128(a.bits);
  bits = _mm_insert_epi16(bits, b.bits, 1);
  bits = _mm_insert_epi16(bits, c.bits, 2);
  bits = _mm_insert_epi16(bits, d.bits, 3);
  return _mm_cvtph_ps(bits);
}

// The scales of block b of four rows.
template <typename Block>
__m128 four_scales(const Block* const* rows, std::int64_t b) {
  return four_halves(rows[0][b].scale, rows[1][b].scale, rows[2][b].scale, rows[3][b].scale);
}

template <typename Block>
__m128 four_minimums(const Block* const* rows, std::int64_t b) {
  return four_halves(rows[0][b].min, rows[1][b].min, rows[2][b].min, rows[3][b].min);
}

struct Q8_0Format {
  using Block = BlockQ8_0;
  static constexpr bool kSigned = true;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 128;
  static __m256i codes(const Block& block) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block.codes));
  }
  static CodePair pair(const Block& a, const Block& b) {
    return {load_pair(a.codes, b.codes), load_pair(a.codes + 16, b.codes + 16)};
  }
  static __m128 scales(const Block* const* rows, std::int64_t b) { return four_scales(rows, b); }
};

struct Q4_0Format {
  using Block = BlockQ4_0;
  static constexpr bool kSigned = false;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 8;
  static constexpr int kLargestCode = 15;
  static __m256i codes(const Block& block) { return nibbles(block.codes); }
  static CodePair pair(const Block& a, const Block& b) { return nibble_pair(a.codes, b.codes); }
  static __m128 scales(const Block* const* rows, std::int64_t b) { return four_scales(rows, b); }
};

struct Q4_1Format {
  using Block = BlockQ4_1;
  static constexpr bool kSigned = false;
  static constexpr bool kHasMinimum = true;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 15;
  static __m256i codes(const Block& block) { return nibbles(block.codes); }
  static CodePair pair(const Block& a, const Block& b) { return nibble_pair(a.codes, b.codes); }
  static __m128 scales(const Block* const* rows, std::int64_t b) { return four_scales(rows, b); }
  static __m128 minimums(const Block* const* rows, std::int64_t b) {
    return four_minimums(rows, b);
  }
};

struct Q5_0Format {
  using Block = BlockQ5_0;
  static constexpr bool kSigned = false;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 16;
  static constexpr int kLargestCode = 31;
  static __m256i codes(const Block& block) {
    return _mm256_or_si256(nibbles(block.codes), fifth_bits(block.fifth_bits));
  }
  static CodePair pair(const Block& a, const Block& b) {
    return with_fifth_bits(nibble_pair(a.codes, b.codes), a.fifth_bits, b.fifth_bits);
  }
  static __m128 scales(const Block* const* rows, std::int64_t b) { return four_scales(rows, b); }
};

struct Q5_1Format {
  using Block = BlockQ5_1;
  static constexpr bool kSigned = false;
  static constexpr bool kHasMinimum = true;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 31;
  static __m256i codes(const Block& block) {
    return _mm256_or_si256(nibbles(block.codes), fifth_bits(block.fifth_bits));
  }
  static CodePair pair(const Block& a, const Block& b) {
    return with_fifth_bits(nibble_pair(a.codes, b.codes), a.fifth_bits, b.fifth_bits);
  }
  static __m128 scales(const Block* const* rows, std::int64_t b) { return four_scales(rows, b); }
  static __m128 minimums(const Block* const* rows, std::int64_t b) {
    return four_minimums(rows, b);
  }
};

struct IQ4_NLFormat {
  using Block = BlockIQ4_NL;
  static constexpr bool kSigned = true;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 127;
  static __m256i codes(const Block& block) { return look_up(kIq4Levels, nibbles(block.codes)); }
  static CodePair pair(const Block& a, const Block& b) {
    const CodePair codes = nibble_pair(a.codes, b.codes);
    return {look_up(kIq4Levels, codes.low), look_up(kIq4Levels, codes.high)};
  }
  static __m128 scales(const Block* const* rows, std::int64_t b) { return four_scales(rows, b); }
};

// Codes are shifted by 12 so that they are unsigned and small.
struct MXFP4Format {
  using Block = BlockMXFP4;
  static constexpr bool kSigned = false;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 12;
  static constexpr int kLargestCode = 24;
  static __m256i codes(const Block& block) {
    return _mm256_add_epi8(look_up(kE2M1Doubled, nibbles(block.codes)), _mm256_set1_epi8(12));
  }
  static CodePair pair(const Block& a, const Block& b) {
    const CodePair codes = nibble_pair(a.codes, b.codes);
    const __m256i shift = _mm256_set1_epi8(12);
    return {_mm256_add_epi8(look_up(kE2M1Doubled, codes.low), shift),
            _mm256_add_epi8(look_up(kE2M1Doubled, codes.high), shift)};
  }
  // 2^(exponent - 128): below 2^-126 a subnormal float.
  static __m128 scales(const Block* const* rows, std::int64_t b) {
    const __m128i exponents = _mm_setr_epi32(rows[0][b].exponent, rows[1][b].exponent,
                                             rows[2][b].exponent, rows[3][b].exponent);
    const __m128i normal = _mm_slli_epi32(_mm_sub_epi32(exponents, _mm_set1_epi32(1)), 23);
    const __m128i subnormal = _mm_sllv_epi32(_mm_set1_epi32(0x00200000), exponents);
    const __m128i is_subnormal = _mm_cmpgt_epi32(_mm_set1_epi32(2), exponents);
    return _mm_castsi128_ps(_mm_blendv_epi8(normal, subnormal, is_subnormal));
  }
};

}  // namespace
}  // namespace bantam::kernels
