// What the linear kernels of both instruction sets share: groups of rows, and where results go.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/kernel_table.h"

namespace bantam::kernels {
namespace {

// Up to so many tokens, rows are read straight into registers; for more, unpacking a tile pays.
[[maybe_unused]] constexpr std::int64_t kFewTokens = 3;

// kCount neighbouring rows; those past the end repeat the last one, so that kernels see whole
// groups.
template <typename Block, int kCount>
struct RowGroup {
  const Block* rows[kCount];
  RowGroup(const LinearTask& task, std::int64_t first) {
    for (std::int64_t r = 0; r < kCount; ++r) {
      const std::int64_t row = first + r < task.row_end ? first + r : task.row_end - 1;
      rows[r] = reinterpret_cast<const Block*>(task.weights + row * task.row_bytes);
    }
  }
};

template <typename Block>
const Block* token_blocks(const LinearTask& task, std::int64_t token) {
  return reinterpret_cast<const Block*>(task.activations + token * task.activation_bytes);
}

// Writes up to four neighbouring outputs of one token.
[[maybe_unused]] inline void store_rows(const LinearTask& task, std::int64_t token,
                                        std::int64_t row, __m128 four) {
  float* out = task.out + token * task.out_stride + row;
  if (row + 4 <= task.row_end) {
    _mm_storeu_ps(out, four);
    return;
  }
  alignas(16) float part[4];
  _mm_store_ps(part, four);
  for (std::int64_t r = 0; row + r < task.row_end; ++r) out[r] = part[r];
}

// The sums of four vectors of eight integers.
[[maybe_unused]] inline __m128i sum_four(const __m256i* vectors) {
  const __m256i first = _mm256_hadd_epi32(vectors[0], vectors[1]);
  const __m256i second = _mm256_hadd_epi32(vectors[2], vectors[3]);
  const __m256i both = _mm256_hadd_epi32(first, second);
  return _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
}

// Eight rows of eight 32-bit words to eight columns: out[c] holds word c of rows 0 to 7.
[[maybe_unused]] inline void transpose_words(const __m256i* rows, __m256i* out) {
  __m256i pairs[8];
  for (int i = 0; i < 4; ++i) {
    pairs[2 * i] = _mm256_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
    pairs[2 * i + 1] = _mm256_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
  }
  __m256i fours[8];
  for (int i = 0; i < 2; ++i) {
    const __m256i* p = pairs + 4 * i;
    fours[4 * i] = _mm256_unpacklo_epi64(p[0], p[2]);
    fours[4 * i + 1] = _mm256_unpackhi_epi64(p[0], p[2]);
    fours[4 * i + 2] = _mm256_unpacklo_epi64(p[1], p[3]);
    fours[4 * i + 3] = _mm256_unpackhi_epi64(p[1], p[3]);
  }
  for (int i = 0; i < 4; ++i) {
    out[i] = _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x20);
    out[i + 4] = _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x31);
  }
}

}  // namespace
}  // namespace bantam::kernels
