// The walk of the many-token kernels with VNNI. Tiles of some panels are unpacked, all of the same
// columns, which stay in the second-level cache; then the activations of some tokens at a time are
// laid beside each other, where they stay in the first-level cache, and multiplied with all these
// tiles. `out` holds the running sums between chunks of columns. A Kernel supplies
//   kBlockSize, kTileBlocks, kTokens, Activation (a block of a token), Tile, Activations
//   pack(task, row, first_block, count, tile)
//   prepare(task, token, first_block, count, t, activations)  of one token, as number t
//   multiply<tokens>(tile, count, outputs, activations)
//
// VNNI multiplies unsigned bytes by signed ones. Activations are raised by 128, codes are signed:
// what that adds to a product, 128 times the sum of the codes, is the same for every token, and is
// taken off where the tile lets integer sums start. Include a level's word_dot.h first.
#pragma once

#include "kernels/cpu/vector/tiles.h"
#include "kernels/panels.h"

namespace bantam::kernels {
namespace {

// Panels unpacked together, some 20 KB each.
constexpr std::int64_t kPanelsTogether = 16;

constexpr int kRaisedActivation = 128;

// Of 32 values.
inline void raise_activations(const std::int8_t* values, std::uint8_t* raised) {
  const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values));
  const __m256i high = _mm256_xor_si256(bytes, _mm256_set1_epi8(-kRaisedActivation));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(raised), high);
}

// Has a chunk of the activations of a token, if there is one, brought nearer.
template <typename Kernel>
[[gnu::always_inline]] inline void ask_for_activations(const LinearTask& task, std::int64_t token,
                                                       std::int64_t first, std::int64_t count) {
  using Block = typename Kernel::Activation;
  if (token >= task.tokens) return;
  const char* begin = reinterpret_cast<const char*>(token_blocks<Block>(task, token) + first);
  for (std::int64_t i = 0; i < count * static_cast<std::int64_t>(sizeof(Block)); i += 64) {
    __builtin_prefetch(begin + i);
  }
}

// kTokens tokens with all tiles that were unpacked.
template <typename Kernel, int kTokens>
[[gnu::noinline]] void multiply_tiles(const LinearTask& task, std::int64_t row,
                                      const typename Kernel::Tile* tiles, std::int64_t tile_count,
                                      std::int64_t first, std::int64_t count, std::int64_t token) {
  typename Kernel::Activations activations;
  for (int t = 0; t < kTokens; ++t) Kernel::prepare(task, token + t, first, count, t, activations);
  for (std::int64_t i = 0; i < tile_count; ++i, row += kPanelRows) {
    ask_for_activations<Kernel>(task, token + kTokens + i, first, count);
    Kernel::template multiply<kTokens>(
        tiles[i], count,
        {task.out + token * task.out_stride + row, task.out_stride, task.row_end - row, first == 0},
        activations);
  }
}

template <typename Kernel>
void multiply_all_tokens(const LinearTask& task, std::int64_t row,
                         const typename Kernel::Tile* tiles, std::int64_t tile_count,
                         std::int64_t first, std::int64_t count) {
  std::int64_t token = 0;
  const auto all = [&]<int kTokens>(TokenCount<kTokens>) {
    if constexpr (kTokens <= Kernel::kTokens) {
      for (; token + kTokens <= task.tokens; token += kTokens) {
        multiply_tiles<Kernel, kTokens>(task, row, tiles, tile_count, first, count, token);
      }
    }
  };
  all(TokenCount<Kernel::kTokens>());
  if constexpr (Kernel::kTokens > 8) all(TokenCount<8>());
  if constexpr (Kernel::kTokens > 4) all(TokenCount<4>());
  all(TokenCount<2>());
  all(TokenCount<1>());
}

template <typename Kernel>
void vnni_linear(const LinearTask& task) {
  const std::int64_t blocks = task.columns / Kernel::kBlockSize;
  typename Kernel::Tile tiles[kPanelsTogether];
  for (std::int64_t row = task.row_begin; row < task.row_end; row += kPanelsTogether * kPanelRows) {
    const std::int64_t left = (task.row_end - row + kPanelRows - 1) / kPanelRows;
    const std::int64_t tile_count = left < kPanelsTogether ? left : kPanelsTogether;
    for (std::int64_t first = 0; first < blocks; first += Kernel::kTileBlocks) {
      const std::int64_t rest = blocks - first;
      const std::int64_t count = rest < Kernel::kTileBlocks ? rest : Kernel::kTileBlocks;
      for (std::int64_t i = 0; i < tile_count; ++i) {
        Kernel::pack(task, row + i * kPanelRows, first, count, tiles[i]);
      }
      multiply_all_tokens<Kernel>(task, row, tiles, tile_count, first, count);
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
