// Formats with blocks of 256 as eight vectors of 32 codes and sixteen 16-bit group scales:
//   value = scale * group_scale * (code - kOffset) - minimum_scale * group_minimum.
// A vector of codes covers two groups of 16; formats with groups of 32 give each scale twice.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "kernels/cpu/x86/q8x32_formats.h"
#include "tensor/quant/iq4_xs.h"
#include "tensor/quant/q2_k.h"
#include "tensor/quant/q3_k.h"
#include "tensor/quant/q4_k.h"
#include "tensor/quant/q5_k.h"
#include "tensor/quant/q6_k.h"

namespace bantam::kernels {
namespace {

inline __m256i load_bytes(const std::uint8_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}
inline __m128i load_half_bytes(const void* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}

// Bits [shift, shift + 8) of every byte's own value, masked.
template <int kShift>
__m256i bits_of(__m256i bytes, char mask) {
  return _mm256_and_si256(_mm256_srli_epi16(bytes, kShift), _mm256_set1_epi8(mask));
}

// Codes of two bits: half h of 128 values in 32 bytes.
inline void two_bit_codes(const std::uint8_t* bytes, __m256i* codes) {
  for (int h = 0; h < 2; ++h) {
    const __m256i packed = load_bytes(bytes + 32 * h);
    codes[4 * h] = bits_of<0>(packed, 3);
    codes[4 * h + 1] = bits_of<2>(packed, 3);
    codes[4 * h + 2] = bits_of<4>(packed, 3);
    codes[4 * h + 3] = bits_of<6>(packed, 3);
  }
}

// Codes of four bits: quarter q of 64 values in 32 bytes.
inline void four_bit_codes(const std::uint8_t* bytes, __m256i* codes) {
  for (int q = 0; q < 4; ++q) {
    const __m256i packed = load_bytes(bytes + 32 * q);
    codes[2 * q] = bits_of<0>(packed, 15);
    codes[2 * q + 1] = bits_of<4>(packed, 15);
  }
}

// Adds bit g of every byte to codes[g] as `value`.
inline void add_bit_planes(const std::uint8_t* bytes, char value, __m256i* codes) {
  const __m256i planes = load_bytes(bytes);
  for (int g = 0; g < 8; ++g) {
    const __m256i bit = _mm256_set1_epi8(static_cast<char>(1 << g));
    const __m256i is_set = _mm256_cmpeq_epi8(_mm256_and_si256(planes, bit), bit);
    codes[g] = _mm256_or_si256(codes[g], _mm256_and_si256(is_set, _mm256_set1_epi8(value)));
  }
}

// The eight 6-bit scales and minimums of Q4_K and Q5_K, each twice.
struct SixBitScales {
  __m256i scales, minimums;
  explicit SixBitScales(const std::uint8_t* bytes) {
    std::uint32_t words[3];
    __builtin_memcpy(words, bytes, sizeof words);
    const std::uint32_t low_scales = words[0] & 0x3f3f3f3fu;
    const std::uint32_t low_minimums = words[1] & 0x3f3f3f3fu;
    const std::uint32_t high_scales = (words[2] & 0x0f0f0f0fu) | (words[0] >> 2 & 0x30303030u);
    const std::uint32_t high_minimums =
        (words[2] >> 4 & 0x0f0f0f0fu) | (words[1] >> 2 & 0x30303030u);
    const __m128i all =
        _mm_setr_epi32(static_cast<int>(low_scales), static_cast<int>(high_scales),
                       static_cast<int>(low_minimums), static_cast<int>(high_minimums));
    scales = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(all, all));
    minimums = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(all, all));
  }
};

template <typename Block>
__m128 four_minimum_scales(const Block* const* rows, std::int64_t b) {
  return four_halves(rows[0][b].min_scale, rows[1][b].min_scale, rows[2][b].min_scale,
                     rows[3][b].min_scale);
}

struct Q2_KFormat {
  using Block = BlockQ2_K;
  static constexpr bool kSigned = false;
  static constexpr bool kHasMinimum = true;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 3;
  static constexpr int kGroup = 16;
  static void codes(const Block& block, __m256i* codes) { two_bit_codes(block.codes, codes); }
  static __m256i scales(const Block& block) {
    const __m128i bytes = load_half_bytes(block.group_scales);
    return _mm256_cvtepu8_epi16(_mm_and_si128(bytes, _mm_set1_epi8(15)));
  }
  static __m256i minimums(const Block& block) {
    const __m128i bytes = load_half_bytes(block.group_scales);
    return _mm256_cvtepu8_epi16(_mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(15)));
  }
};

struct Q3_KFormat {
  using Block = BlockQ3_K;
  static constexpr bool kSigned = false;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 4;
  static constexpr int kLargestCode = 7;
  static constexpr int kGroup = 16;
  static void codes(const Block& block, __m256i* codes) {
    two_bit_codes(block.codes, codes);
    add_bit_planes(block.third_bits, 4, codes);
  }
  static __m256i scales(const Block& block) {
    int high;
    __builtin_memcpy(&high, block.group_scales + 8, sizeof high);
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(block.group_scales));
    const __m128i low =
        _mm_and_si128(_mm_unpacklo_epi64(bytes, _mm_srli_epi16(bytes, 4)), _mm_set1_epi8(15));
    const __m128i shifted = _mm_srlv_epi32(_mm_set1_epi32(high), _mm_setr_epi32(0, 2, 4, 6));
    const __m128i top = _mm_slli_epi16(_mm_and_si128(shifted, _mm_set1_epi8(3)), 4);
    return _mm256_cvtepi8_epi16(_mm_sub_epi8(_mm_or_si128(low, top), _mm_set1_epi8(32)));
  }
};

struct Q4_KFormat {
  using Block = BlockQ4_K;
  static constexpr bool kSigned = false;
  static constexpr bool kHasMinimum = true;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 15;
  static constexpr int kGroup = 32;
  static void codes(const Block& block, __m256i* codes) { four_bit_codes(block.codes, codes); }
  static __m256i scales(const Block& block) { return SixBitScales(block.group_scales).scales; }
  static __m256i minimums(const Block& block) { return SixBitScales(block.group_scales).minimums; }
};

struct Q5_KFormat {
  using Block = BlockQ5_K;
  static constexpr bool kSigned = false;
  static constexpr bool kHasMinimum = true;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 31;
  static constexpr int kGroup = 32;
  static void codes(const Block& block, __m256i* codes) {
    four_bit_codes(block.codes, codes);
    add_bit_planes(block.fifth_bits, 16, codes);
  }
  static __m256i scales(const Block& block) { return SixBitScales(block.group_scales).scales; }
  static __m256i minimums(const Block& block) { return SixBitScales(block.group_scales).minimums; }
};

struct Q6_KFormat {
  using Block = BlockQ6_K;
  static constexpr bool kSigned = false;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 32;
  static constexpr int kLargestCode = 63;
  static constexpr int kGroup = 16;
  static void codes(const Block& block, __m256i* codes) {
    for (int h = 0; h < 2; ++h) {
      const __m256i first = load_bytes(block.low_bits + 64 * h);
      const __m256i second = load_bytes(block.low_bits + 64 * h + 32);
      const __m256i high = load_bytes(block.high_bits + 32 * h);
      const __m256i top = _mm256_set1_epi8(0x30);
      __m256i* out = codes + 4 * h;
      out[0] =
          _mm256_or_si256(bits_of<0>(first, 15), _mm256_and_si256(_mm256_slli_epi16(high, 4), top));
      out[1] = _mm256_or_si256(bits_of<0>(second, 15),
                               _mm256_and_si256(_mm256_slli_epi16(high, 2), top));
      out[2] = _mm256_or_si256(bits_of<4>(first, 15), _mm256_and_si256(high, top));
      out[3] = _mm256_or_si256(bits_of<4>(second, 15),
                               _mm256_and_si256(_mm256_srli_epi16(high, 2), top));
    }
  }
  static __m256i scales(const Block& block) {
    return _mm256_cvtepi8_epi16(load_half_bytes(block.group_scales));
  }
};

struct IQ4_XSFormat {
  using Block = BlockIQ4_XS;
  static constexpr bool kSigned = true;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 0;
  static constexpr int kLargestCode = 127;
  static constexpr int kGroup = 32;
  static void codes(const Block& block, __m256i* codes) {
    for (int g = 0; g < 8; ++g) codes[g] = look_up(kIq4Levels, nibbles(block.codes + 16 * g));
  }
  static __m256i scales(const Block& block) {
    int low;
    __builtin_memcpy(&low, block.group_scales_low, sizeof low);
    const __m256i low_shifts = _mm256_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28);
    const __m256i high_shifts = _mm256_srli_epi32(low_shifts, 1);
    const __m256i low_bits = _mm256_and_si256(_mm256_srlv_epi32(_mm256_set1_epi32(low), low_shifts),
                                              _mm256_set1_epi32(15));
    const __m256i high_bits =
        _mm256_and_si256(_mm256_srlv_epi32(_mm256_set1_epi32(block.group_scales_high), high_shifts),
                         _mm256_set1_epi32(3));
    const __m256i joined = _mm256_or_si256(low_bits, _mm256_slli_epi32(high_bits, 4));
    const __m256i scale = _mm256_sub_epi32(joined, _mm256_set1_epi32(32));
    return _mm256_blend_epi16(scale, _mm256_slli_epi32(scale, 16), 0xaa);
  }
};

}  // namespace
}  // namespace bantam::kernels
