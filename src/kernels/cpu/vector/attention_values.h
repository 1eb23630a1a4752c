// The sums of weighted values of attention over Lanes. Include a level's lanes.h first.
#pragma once

#include "kernels/cpu/attention_driver.h"
#include "kernels/cpu/vector/float_tile.h"

namespace bantam::kernels {
namespace {

// Sixteen kVectors values of kRows outputs stay in registers over the keys of `range`.
template <typename Source, int kVectors, int kRows>
[[gnu::always_inline]] inline void add_value_tile(const BlockRows& values, KeyRange range,
                                                  const OutputRows& rows, int first,
                                                  std::int64_t i) {
  Lanes sums[kRows][kVectors];
  const float* weights[kRows];
  for (int r = 0; r < kRows; ++r) {
    weights[r] = rows.weights[first + r];
    const Lanes correction = splat(rows.corrections[first + r]);
    for (int v = 0; v < kVectors; ++v) {
      sums[r][v] = load(rows.out[first + r] + i + 16 * v) * correction;
    }
  }
  const std::byte* column = values.rows + i * Source::kBytes;
  for (std::int64_t j = range.begin; j < range.end; ++j) {
    Lanes value[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      value[v] = Source::load(column + (j * values.stride + 16 * v) * Source::kBytes);
    }
    for (int r = 0; r < kRows; ++r) {
      const Lanes weight = splat(weights[r][j]);
      for (int v = 0; v < kVectors; ++v) sums[r][v] = fma(weight, value[v], sums[r][v]);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) store(rows.out[first + r] + i + 16 * v, sums[r][v]);
  }
}

// The values [i, size), fewer than sixteen, of one row.
template <typename Source>
void add_value_tail(const BlockRows& values, KeyRange range, const OutputRows& rows, int row,
                    std::int64_t i, std::int64_t size) {
  float* out = rows.out[row] + i;
  Lanes sum = load_part(out, size - i) * splat(rows.corrections[row]);
  for (std::int64_t j = range.begin; j < range.end; ++j) {
    const Lanes value =
        Source::load_part(values.rows + (j * values.stride + i) * Source::kBytes, size - i);
    sum = fma(splat(rows.weights[row][j]), value, sum);
  }
  store_part(out, sum, size - i);
}

// Adds the values of `range`, which all kRows rows from `first` on see.
template <typename Source, int kRows>
[[gnu::noinline]] void add_shared_values(const BlockRows& values, KeyRange range,
                                         const OutputRows& rows, int first, std::int64_t size) {
  std::int64_t i = 0;
  for (; i + 16 * kTileVectors <= size; i += 16 * kTileVectors) {
    add_value_tile<Source, kTileVectors, kRows>(values, range, rows, first, i);
  }
  if constexpr (kTileVectors > 1) {
    for (; i + 16 <= size; i += 16) add_value_tile<Source, 1, kRows>(values, range, rows, first, i);
  }
  if (i == size) return;
  for (int r = 0; r < kRows; ++r) add_value_tail<Source>(values, range, rows, first + r, i, size);
}

// Adds to one row what comes before or after the keys that all rows see. A correction counts once.
template <typename Source>
void add_own_values(const BlockRows& values, KeyRange range, OutputRows& rows, int row,
                    std::int64_t size) {
  if (range.begin >= range.end) return;
  add_shared_values<Source, 1>(values, range, rows, row, size);
  rows.corrections[row] = 1.0f;
}

template <typename Source>
void add_rows_values(const BlockRows& values, OutputRows& rows, std::int64_t size) {
  KeyRange shared = rows.ranges[0];
  for (int r = 1; r < rows.count; ++r) {
    if (rows.ranges[r].begin > shared.begin) shared.begin = rows.ranges[r].begin;
    if (rows.ranges[r].end < shared.end) shared.end = rows.ranges[r].end;
  }
  if (shared.begin >= shared.end) {
    for (int r = 0; r < rows.count; ++r)
      add_own_values<Source>(values, rows.ranges[r], rows, r, size);
    return;
  }
  for (int r = 0; r < rows.count; ++r) {
    add_own_values<Source>(values, {rows.ranges[r].begin, shared.begin}, rows, r, size);
  }
  if (rows.count == 4) add_shared_values<Source, 4>(values, shared, rows, 0, size);
  if (rows.count == 3) add_shared_values<Source, 3>(values, shared, rows, 0, size);
  if (rows.count == 2) add_shared_values<Source, 2>(values, shared, rows, 0, size);
  if (rows.count == 1) add_shared_values<Source, 1>(values, shared, rows, 0, size);
  for (int r = 0; r < rows.count; ++r) {
    rows.corrections[r] = 1.0f;
    add_own_values<Source>(values, {shared.end, rows.ranges[r].end}, rows, r, size);
  }
}

}  // namespace
}  // namespace bantam::kernels
