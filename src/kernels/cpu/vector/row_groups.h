// What the linear kernels of all instruction sets share: groups of rows, and where results go.
#pragma once

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

// Writes up to four neighbouring outputs of one token from a register of four floats.
template <typename FourFloats>
inline void store_rows(const LinearTask& task, std::int64_t token, std::int64_t row,
                       FourFloats four) {
  static_assert(sizeof(FourFloats) == 16);
  float* out = task.out + token * task.out_stride + row;
  if (row + 4 <= task.row_end) {
    __builtin_memcpy(out, &four, 16);
    return;
  }
  float part[4];
  __builtin_memcpy(part, &four, 16);
  for (std::int64_t r = 0; row + r < task.row_end; ++r) out[r] = part[r];
}

}  // namespace
}  // namespace bantam::kernels
