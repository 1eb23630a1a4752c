// The dot products of attention over Lanes, in the order of docs/numerics.md, in two ways that give
// the same bits. Include a level's lanes.h first.
//
// Over rows of keys a lane is a running sum, so that every dot product ends with a sum across
// lanes. Over columns, the keys transposed, a lane is a key: each running sum is a register of its
// own and the sums add up lane by lane, but transposing pays only where enough rows share a block.
#pragma once

#include "kernels/cpu/attention_driver.h"
#include "kernels/cpu/vector/float_tile.h"

namespace bantam::kernels {
namespace {

// Lanes of keys of a tile, times up to four rows: where registers are many, two hide the latency
// and share each query element.
inline constexpr int kScoreVectors = kTileVectors > 1 ? 2 : 1;

// Rows of keys [0, block_tokens) to columns, zeros below them to a multiple of sixteen elements.
// Keys outside of `range` may come out as anything.
inline void transpose_keys(const float* rows, KeyRange range, std::int64_t block_tokens,
                           std::int64_t head_size, std::int64_t stride, float* columns) {
  for (std::int64_t j = range.begin / 16 * 16; j < range.end; j += 16) {
    std::int64_t d = 0;
    if (j + 16 <= block_tokens) {
      for (; d + 16 <= head_size; d += 16) {
        transpose_sixteen(rows + j * head_size + d, head_size, columns + d * stride + j, stride);
      }
    }
    const std::int64_t end = j + 16 <= block_tokens ? j + 16 : block_tokens;
    for (; d < round_up_16(head_size); ++d) {
      for (std::int64_t key = j; key < end; ++key) {
        columns[d * stride + key] = d < head_size ? rows[key * head_size + d] : 0.0f;
      }
    }
  }
}

// Sums of kRows queries and kVectors times sixteen keys.
template <int kVectors, int kRows>
struct ScoreTile {
  Lanes sums[kRows][kVectors];
};

// A tile's columns and queries: kRows queries `query_stride` apart, of `size` elements.
struct ScoreInput {
  const float* columns;
  std::int64_t stride;
  const float* queries;
  std::int64_t query_stride;
  std::int64_t size;
};

// One of the sixteen running sums.
template <int kVectors, int kRows>
[[gnu::always_inline]] inline ScoreTile<kVectors, kRows> running_sum(const ScoreInput& in,
                                                                     std::int64_t which) {
  ScoreTile<kVectors, kRows> tile;
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) tile.sums[r][v] = zero_lanes();
  }
  const float* column = in.columns + which * in.stride;
  const float* query = in.queries + which;
  for (std::int64_t d = 0; d < in.size; d += 16) {
    Lanes keys[kVectors];
    for (int v = 0; v < kVectors; ++v) keys[v] = load(column + d * in.stride + 16 * v);
    for (int r = 0; r < kRows; ++r) {
      const Lanes element = splat(query[r * in.query_stride + d]);
      for (int v = 0; v < kVectors; ++v) tile.sums[r][v] = fma(keys[v], element, tile.sums[r][v]);
    }
  }
  return tile;
}

// The sum of kCount running sums from the kFirst-th on, in the order in which the tree takes them:
// 0 and 8, 1 and 9, and so on. So no more than four tiles wait to be added.
template <int kVectors, int kRows, int kCount = 16, int kFirst = 0>
[[gnu::always_inline]] inline ScoreTile<kVectors, kRows> sum_tree(const ScoreInput& in) {
  if constexpr (kCount == 1) {
    return running_sum<kVectors, kRows>(in, kFirst / 2 + kFirst % 2 * 8);
  } else {
    constexpr int kHalf = kCount / 2;
    ScoreTile<kVectors, kRows> left = sum_tree<kVectors, kRows, kHalf, kFirst>(in);
    const ScoreTile<kVectors, kRows> right = sum_tree<kVectors, kRows, kHalf, kFirst + kHalf>(in);
    for (int r = 0; r < kRows; ++r) {
      for (int v = 0; v < kVectors; ++v) left.sums[r][v] = left.sums[r][v] + right.sums[r][v];
    }
    return left;
  }
}

template <int kVectors, int kRows>
[[gnu::always_inline]] inline void score_tile(const BlockKeys& keys, std::int64_t first,
                                              const float* queries, std::int64_t query_stride,
                                              float* scores) {
  const ScoreTile<kVectors, kRows> tile = sum_tree<kVectors, kRows>(
      {keys.columns + first, keys.stride, queries, query_stride, keys.head_size});
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) {
      store(scores + r * keys.stride + first + 16 * v, tile.sums[r][v]);
    }
  }
}

// The scores of keys [range.begin rounded down, range.end rounded up to a multiple of sixteen).
template <int kRows>
[[gnu::noinline]] void score_columns(const BlockKeys& keys, KeyRange range, const float* queries,
                                     std::int64_t query_stride, float* scores) {
  std::int64_t j = range.begin / 16 * 16;
  if constexpr (kScoreVectors > 1) {
    for (; j + 16 * (kScoreVectors - 1) < range.end; j += 16 * kScoreVectors) {
      score_tile<kScoreVectors, kRows>(keys, j, queries, query_stride, scores);
    }
  }
  for (; j < range.end; j += 16) score_tile<1, kRows>(keys, j, queries, query_stride, scores);
}

// Whether rows of keys and values are read as they are stored, where that is as 16-bit floats: a
// register each for four keys beside the sums of four rows.
inline constexpr bool kReadsStored = kTileVectors > 1;

// Adds the products of four keys and kRows queries.
template <typename Source, int kRows>
[[gnu::always_inline]] inline void add_key_products(const std::byte* const* keys,
                                                    const float* queries, std::int64_t query_stride,
                                                    std::int64_t size, Lanes (&sums)[kRows][4]) {
  std::int64_t d = 0;
  const auto add = [&](const Lanes* key) __attribute__((always_inline)) {
    for (int r = 0; r < kRows; ++r) {
      const Lanes query = load(queries + r * query_stride + d);
      for (int k = 0; k < 4; ++k) sums[r][k] = fma(key[k], query, sums[r][k]);
    }
  };
  for (; d + 16 <= size; d += 16) {
    Lanes key[4];
    for (int k = 0; k < 4; ++k) key[k] = Source::load(keys[k] + d * Source::kBytes);
    add(key);
  }
  if (d == size) return;
  Lanes key[4];
  for (int k = 0; k < 4; ++k) key[k] = Source::load_part(keys[k] + d * Source::kBytes, size - d);
  add(key);
}

// Four keys at a time; the keys past the end repeat the last one and are not stored.
template <typename Source, int kRows>
[[gnu::noinline]] void score_key_rows(const BlockKeys& keys, KeyRange range, const float* queries,
                                      std::int64_t query_stride, float* scores) {
  for (std::int64_t j = range.begin; j < range.end; j += 4) {
    const std::byte* key_rows[4];
    for (int k = 0; k < 4; ++k) {
      const std::int64_t key = j + k < range.end ? j + k : range.end - 1;
      key_rows[k] = keys.rows.rows + key * keys.head_size * Source::kBytes;
    }
    Lanes sums[kRows][4];
    for (int r = 0; r < kRows; ++r) {
      for (int k = 0; k < 4; ++k) sums[r][k] = zero_lanes();
    }
    if constexpr (kReadsStored) {
      add_key_products<Source, kRows>(key_rows, queries, query_stride, keys.head_size, sums);
    } else {
      const float* query[1] = {queries};
      add_tile<4, 1>(key_rows, query, keys.head_size, sums);
    }
    for (int r = 0; r < kRows; ++r) {
      const auto four = sum_four(sums[r][0], sums[r][1], sums[r][2], sums[r][3]);
      float* out = scores + r * keys.stride + j;
      if (j + 4 <= range.end) {
        __builtin_memcpy(out, &four, 16);
        continue;
      }
      float part[4];
      __builtin_memcpy(part, &four, 16);
      for (int k = 0; j + k < range.end; ++k) out[k] = part[k];
    }
  }
}

// Up to four rows of queries.
template <typename Source>
void score_few(const BlockKeys& keys, KeyRange range, const float* queries,
               std::int64_t query_stride, int rows, float* scores) {
  if constexpr (kReadsStored) {
    if (rows == 4) return score_key_rows<Source, 4>(keys, range, queries, query_stride, scores);
    if (rows == 3) return score_key_rows<Source, 3>(keys, range, queries, query_stride, scores);
    if (rows == 2) return score_key_rows<Source, 2>(keys, range, queries, query_stride, scores);
    return score_key_rows<Source, 1>(keys, range, queries, query_stride, scores);
  } else {
    for (int r = 0; r < rows; ++r) {
      score_key_rows<Source, 1>(keys, range, queries + r * query_stride, query_stride,
                                scores + r * keys.stride);
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
