// The walk of the many-token kernels: a tile of rows by a chunk of blocks is unpacked once, rows
// interleaved so that one register holds the same four columns of every row, and multiplied with
// all tokens; `out` holds the running sums between chunks. A level's Kernel supplies
//   kRows, kTileBlocks, kTokens, struct Tile, Activation
//   pack(task, row, first_block, count, tile)
//   multiply<tokens>(tile, count, Outputs, activations)
#pragma once

#include "kernels/cpu/vector/row_groups.h"

namespace bantam::kernels {
namespace {

// Where the running sums of a tile stand: token t's rows at out + t * stride.
struct TileOutputs {
  float* out;
  std::int64_t stride;
  std::int64_t rows;    // that exist
  bool starts_at_zero;  // the first chunk
};

// Those of the rows of slice s, of kRows rows each.
template <std::int64_t kRows>
TileOutputs slice_of_outputs(const TileOutputs& outputs, int s) {
  return {outputs.out + s * kRows, outputs.stride, outputs.rows - s * kRows,
          outputs.starts_at_zero};
}

template <typename Kernel, int kTokens>
void multiply_tokens(const LinearTask& task, const typename Kernel::Tile& tile, std::int64_t first,
                     std::int64_t count, std::int64_t token, TileOutputs outputs) {
  const typename Kernel::Activation* activations[kTokens];
  for (int t = 0; t < kTokens; ++t) {
    activations[t] = token_blocks<typename Kernel::Activation>(task, token + t) + first;
  }
  outputs.out += token * task.out_stride;
  Kernel::template multiply<kTokens>(tile, count, outputs, activations);
}

template <typename Kernel>
void multiply_chunk(const LinearTask& task, const typename Kernel::Tile& tile, std::int64_t first,
                    std::int64_t count, const TileOutputs& outputs) {
  std::int64_t token = 0;
  for (; token + Kernel::kTokens <= task.tokens; token += Kernel::kTokens) {
    multiply_tokens<Kernel, Kernel::kTokens>(task, tile, first, count, token, outputs);
  }
  if constexpr (Kernel::kTokens > 4) {
    for (; token + 4 <= task.tokens; token += 4) {
      multiply_tokens<Kernel, 4>(task, tile, first, count, token, outputs);
    }
  }
  for (; token + 2 <= task.tokens; token += 2) {
    multiply_tokens<Kernel, 2>(task, tile, first, count, token, outputs);
  }
  if (token < task.tokens) {
    multiply_tokens<Kernel, 1>(task, tile, first, count, token, outputs);
  }
}

template <typename Kernel>
void tiled_linear(const LinearTask& task) {
  constexpr std::int64_t kBlockSize = Kernel::kBlockSize;
  const std::int64_t blocks = task.columns / kBlockSize;
  typename Kernel::Tile tile;
  for (std::int64_t row = task.row_begin; row < task.row_end; row += Kernel::kRows) {
    const std::int64_t left = task.row_end - row;
    const std::int64_t rows = left < Kernel::kRows ? left : Kernel::kRows;
    for (std::int64_t first = 0; first < blocks; first += Kernel::kTileBlocks) {
      const std::int64_t rest = blocks - first;
      const std::int64_t count = rest < Kernel::kTileBlocks ? rest : Kernel::kTileBlocks;
      Kernel::pack(task, row, first, count, tile);
      multiply_chunk<Kernel>(task, tile, first, count,
                             {task.out + row, task.out_stride, rows, first == 0});
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
