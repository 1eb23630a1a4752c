// The walk of the many-token kernels: activations of some tokens and columns are brought into the
// form that the multiplication wants, then tile after tile of sixteen rows is unpacked and
// multiplied with all of them; `out` holds the running sums between chunks of columns. A Kernel
// supplies
//   kBlockSize, kTileBlocks, struct Tile, struct Prepared
//   prepare(task, token, first_block, count, prepared)
//   pack(task, row, first_block, count, tile)
//   multiply<tokens>(tile, count, outputs, prepared)
#pragma once

#include "kernels/cpu/vector/tiles.h"
#include "kernels/panels.h"

namespace bantam::kernels {
namespace {

// Tokens prepared together: their activations stay in the second-level cache.
constexpr int kPreparedTokens = 128;

template <typename Kernel, int kTokens>
[[gnu::noinline]] void multiply_prepared(const typename Kernel::Tile& tile, std::int64_t count,
                                         const typename Kernel::Prepared* tokens, int token,
                                         TileOutputs outputs) {
  outputs.out += token * outputs.stride;
  Kernel::template multiply<kTokens>(tile, count, outputs, tokens + token);
}

template <typename Kernel>
void multiply_all_prepared(const typename Kernel::Tile& tile, std::int64_t count,
                           const typename Kernel::Prepared* tokens, int token_count,
                           const TileOutputs& outputs) {
  int token = 0;
  for (; token + 4 <= token_count; token += 4) {
    multiply_prepared<Kernel, 4>(tile, count, tokens, token, outputs);
  }
  switch (token_count - token) {
    case 3:
      multiply_prepared<Kernel, 3>(tile, count, tokens, token, outputs);
      break;
    case 2:
      multiply_prepared<Kernel, 2>(tile, count, tokens, token, outputs);
      break;
    case 1:
      multiply_prepared<Kernel, 1>(tile, count, tokens, token, outputs);
      break;
    default:
      break;
  }
}

template <typename Kernel>
void prepared_linear(const LinearTask& task) {
  const std::int64_t blocks = task.columns / Kernel::kBlockSize;
  typename Kernel::Tile tile;
  typename Kernel::Prepared prepared[kPreparedTokens];
  for (std::int64_t token = 0; token < task.tokens; token += kPreparedTokens) {
    const std::int64_t left = task.tokens - token;
    const int tokens = left < kPreparedTokens ? static_cast<int>(left) : kPreparedTokens;
    for (std::int64_t first = 0; first < blocks; first += Kernel::kTileBlocks) {
      const std::int64_t rest = blocks - first;
      const std::int64_t count = rest < Kernel::kTileBlocks ? rest : Kernel::kTileBlocks;
      for (int t = 0; t < tokens; ++t) Kernel::prepare(task, token + t, first, count, prepared[t]);
      for (std::int64_t row = task.row_begin; row < task.row_end; row += kPanelRows) {
        Kernel::pack(task, row, first, count, tile);
        multiply_all_prepared<Kernel>(tile, count, prepared, tokens,
                                      {task.out + token * task.out_stride + row, task.out_stride,
                                       task.row_end - row, first == 0});
      }
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
