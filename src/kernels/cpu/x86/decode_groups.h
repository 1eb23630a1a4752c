// Blocks of quantized folders to floats with AVX2, bit for bit as the reference decoders.
#pragma once

#include "kernels/cpu/reference_decode.h"
#include "tensor/quant/fp8.h"
#include "tensor/quant/int8_row.h"
#include "tensor/quant/int_group.h"
#include "tensor/quant/nf4.h"

namespace bantam::kernels {
namespace {

// The first eight bytes as integers.
inline __m256i eight_unsigned(__m128i bytes) { return _mm256_cvtepu8_epi32(bytes); }
inline __m128i upper_half(__m128i bytes) { return _mm_srli_si128(bytes, 8); }

inline __m128i load_16(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }

// Calls write(values, bytes) for the sixteen low and the sixteen high nibbles of 16 bytes.
template <typename Write>
inline void for_nibbles(const std::uint8_t* bytes, float* values, const Write& write) {
  const __m128i codes = load_16(bytes), mask = _mm_set1_epi8(15);
  write(values, _mm_and_si128(codes, mask));
  write(values + 16, _mm_and_si128(_mm_srli_epi16(codes, 4), mask));
}

// Sixteen codes of an integer group.
struct GroupStep {
  __m256i zero;
  __m256 scale;
  void operator()(float* values, __m128i codes) const {
    _mm256_storeu_ps(values, eight(codes));
    _mm256_storeu_ps(values + 8, eight(upper_half(codes)));
  }
  __m256 eight(__m128i codes) const {
    return _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_sub_epi32(eight_unsigned(codes), zero)), scale);
  }
};

template <int kBits, int kCount>
void decode_groups(const std::byte* bytes, float* values, std::int64_t count) {
  using Block = BlockIntGroup<kBits, kCount>;
  const auto* blocks = reinterpret_cast<const Block*>(bytes);
  for (std::int64_t b = 0; b < count / kCount; ++b) {
    const Block& block = blocks[b];
    float scale;
    __builtin_memcpy(&scale, block.scale, sizeof scale);
    const GroupStep step{_mm256_set1_epi32(block.zero), _mm256_set1_ps(scale)};
    for (int part = 0; part < kCount / 32; ++part) {
      float* out = values + b * kCount + 32 * part;
      const std::uint8_t* codes = block.codes + part * Block::kBytes32;
      if constexpr (kBits == 4) {
        for_nibbles(codes, out, step);
      } else {
        step(out, load_16(codes));
        step(out + 16, load_16(codes + 16));
      }
    }
  }
}

// Sixteen codes of a table of sixteen levels.
struct LevelStep {
  __m256 low, high;  // levels 0 to 7 and 8 to 15
  __m256 peak;
  void operator()(float* values, __m128i codes) const {
    _mm256_storeu_ps(values, eight(codes));
    _mm256_storeu_ps(values + 8, eight(upper_half(codes)));
  }
  __m256 eight(__m128i codes) const {
    const __m256i index = eight_unsigned(codes);
    const __m256 is_high = _mm256_castsi256_ps(_mm256_slli_epi32(index, 28));
    const __m256 level = _mm256_blendv_ps(_mm256_permutevar8x32_ps(low, index),
                                          _mm256_permutevar8x32_ps(high, index), is_high);
    return _mm256_mul_ps(level, peak);
  }
};

template <const float (&levels)[16]>
void decode_levels(const std::byte* bytes, float* values, std::int64_t count) {
  const auto* blocks = reinterpret_cast<const BlockNF4*>(bytes);
  LevelStep step{_mm256_loadu_ps(levels), _mm256_loadu_ps(levels + 8), _mm256_setzero_ps()};
  for (std::int64_t b = 0; b < count / 64; ++b) {
    step.peak = _mm256_set1_ps(blocks[b].peak);
    for (int half = 0; half < 2; ++half) {
      for_nibbles(blocks[b].codes + 16 * half, values + 64 * b + 32 * half, step);
    }
  }
}

inline void decode_int8_rows(const std::byte* bytes, float* values, std::int64_t count) {
  const auto* blocks = reinterpret_cast<const BlockInt8Row*>(bytes);
  const __m256 step = _mm256_set1_ps(kInt8RowStep);
  for (std::int64_t b = 0; b < count / 64; ++b) {
    const __m256 peak = _mm256_set1_ps(blocks[b].peak);
    for (int i = 0; i < 64; i += 8) {
      const auto* codes = reinterpret_cast<const __m128i*>(blocks[b].codes + i);
      const __m256 code = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(codes)));
      _mm256_storeu_ps(values + 64 * b + i, _mm256_mul_ps(_mm256_mul_ps(code, peak), step));
    }
  }
}

// E4M3 in the upper bits of a float is the number times 2^-120; subnormals come out right.
inline void decode_e4m3(const std::byte* bytes, float* values, std::int64_t count) {
  const auto* blocks = reinterpret_cast<const BlockFP8*>(bytes);
  const __m256i magnitude_mask = _mm256_set1_epi32(0x7f);
  const __m256 nan = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fc00000));
  const __m256 unit = _mm256_set1_ps(0x1p+120f);
  for (std::int64_t b = 0; b < count / 64; ++b) {
    const __m256 scale = _mm256_set1_ps(blocks[b].scale);
    for (int i = 0; i < 64; i += 8) {
      const auto* codes = reinterpret_cast<const __m128i*>(blocks[b].codes + i);
      const __m256i code = eight_unsigned(_mm_loadl_epi64(codes));
      const __m256i magnitude = _mm256_and_si256(code, magnitude_mask);
      const __m256i sign = _mm256_slli_epi32(_mm256_xor_si256(code, magnitude), 24);
      const __m256 number =
          _mm256_mul_ps(_mm256_castsi256_ps(_mm256_slli_epi32(magnitude, 20)), unit);
      const __m256 is_nan = _mm256_castsi256_ps(_mm256_cmpeq_epi32(magnitude, magnitude_mask));
      const __m256 value =
          _mm256_or_ps(_mm256_blendv_ps(number, nan, is_nan), _mm256_castsi256_ps(sign));
      _mm256_storeu_ps(values + 64 * b + i, _mm256_mul_ps(value, scale));
    }
  }
}

// The decoder of a type: one of these, or the reference.
inline DecodeFunction fastest_decode(DType type) {
  switch (type) {
    case DType::INT4_G32:
      return decode_groups<4, 32>;
    case DType::INT4_G128:
      return decode_groups<4, 128>;
    case DType::INT8_G32:
      return decode_groups<8, 32>;
    case DType::INT8_G128:
      return decode_groups<8, 128>;
    case DType::NF4:
      return decode_levels<kNF4Levels>;
    case DType::FP4:
      return decode_levels<kFP4Levels>;
    case DType::INT8_ROW:
      return decode_int8_rows;
    case DType::FP8_E4M3:
      return decode_e4m3;
    default:
      return reference_decode(type);
  }
}

}  // namespace
}  // namespace bantam::kernels
