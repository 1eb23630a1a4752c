// Register tiles of a product with float weights, sixteen rows a Lanes (docs/numerics.md: "Float
// product"). Include a level's lanes.h first, which sets kTileVectors and kTileTokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/cpu/float_blocks.h"
#include "kernels/cpu/vector/coming_weights.h"
#include "kernels/cpu/vector/row_groups.h"

namespace bantam::kernels {
namespace {

// Blocks of rows unpacked together: they stay in the second-level cache while the activations of a
// tile pass over all of them, and activations are read so many times less often. Processors with
// registers for large tiles have large caches too.
constexpr std::int64_t kBlocksTogether = kTileVectors == 1 ? 8 : 4;

// One column a word: a float.
struct FloatWords {
  static constexpr std::int64_t kColumns = 1;
  static Lanes splat_word(const std::byte* p) { return splat(*reinterpret_cast<const float*>(p)); }
  static Lanes add(Lanes weight, Lanes activation, Lanes sum) {
    return fma(weight, activation, sum);
  }
};

// Two columns a word: 16-bit floats, the odd column's product first. Subnormal numbers have to
// count as zero: see the level's without_subnormals.
struct BFloat16Words {
  static constexpr std::int64_t kColumns = 2;
  static Lanes splat_word(const std::byte* p) { return FloatWords::splat_word(p); }
  static Lanes add(Lanes weight, Lanes activation, Lanes sum) {
    sum = fma(odd_bfloat16(weight), odd_bfloat16(activation), sum);
    return fma(even_bfloat16(weight), even_bfloat16(activation), sum);
  }
};

// A block of columns of kTileVectors times sixteen rows, unpacked: word by word, and of each word
// all rows.
struct WeightBlock {
  alignas(64) float values[kFloatBlock * 16 * kTileVectors];
};

// A block's share of some outputs: token t's rows at out + t * stride.
struct BlockOutputs {
  float* out;
  std::int64_t stride;  // floats
  std::int64_t rows;    // that exist
  bool is_first;        // block of its rows: what stands at `out` is not yet a sum

  void add(int token, int vector, Lanes sums) const {
    float* place = out + token * stride + 16 * vector;
    const std::int64_t left = rows - 16 * vector;
    if (left >= 16) {
      store(place, (is_first ? zero_lanes() : load(place)) + sums);
    } else if (left > 0) {
      store_part(place, (is_first ? zero_lanes() : load_part(place, left)) + sums, left);
    }
  }
};

// `columns` columns of kVectors * 16 rows times kTokens tokens.
template <typename Words, int kVectors, int kTokens>
[[gnu::noinline]] void multiply_block(const WeightBlock& block, std::int64_t columns,
                                      const std::byte* const* activations, BlockOutputs outputs) {
  constexpr std::int64_t kRun = kFloatRun / Words::kColumns;
  const std::int64_t words = (columns + Words::kColumns - 1) / Words::kColumns;
  const std::byte* tokens[kTokens];
  for (int t = 0; t < kTokens; ++t) tokens[t] = activations[t];
  for (std::int64_t chain = 0; chain < 2; ++chain) {
    Lanes sums[kTokens][kVectors];
    for (int t = 0; t < kTokens; ++t) {
      for (int v = 0; v < kVectors; ++v) sums[t][v] = zero_lanes();
    }
    for (std::int64_t first = chain * kRun; first < words; first += 2 * kRun) {
      const std::int64_t end = first + kRun < words ? first + kRun : words;
      for (std::int64_t i = first; i < end; ++i) {
        const float* values = block.values + i * 16 * kVectors;
        Lanes weights[kVectors];
        for (int v = 0; v < kVectors; ++v) weights[v] = load(values + 16 * v);
        for (int t = 0; t < kTokens; ++t) {
          const Lanes activation = Words::splat_word(tokens[t] + i * 4);
          for (int v = 0; v < kVectors; ++v) {
            sums[t][v] = Words::add(weights[v], activation, sums[t][v]);
          }
        }
      }
    }
    for (int t = 0; t < kTokens; ++t) {
      for (int v = 0; v < kVectors; ++v) outputs.add(t, v, sums[t][v]);
    }
    outputs.is_first = false;
  }
}

// A block of columns of the tokens of the next tile is brought nearer.
template <typename Words>
[[gnu::always_inline]] inline void ask_for_activations(const LinearTask& task, std::int64_t token,
                                                       int tokens, std::int64_t first_column,
                                                       std::int64_t columns) {
  for (int t = 0; t < tokens && token + t < task.tokens; ++t) {
    const std::byte* begin =
        token_blocks<std::byte>(task, token + t) + first_column * 4 / Words::kColumns;
    for (std::int64_t i = 0; i < columns * 4 / Words::kColumns; i += 64) {
      __builtin_prefetch(begin + i, 0, 2);
    }
  }
}

// Some tokens with all blocks that were unpacked.
template <typename Words, int kVectors, int kTokens>
void multiply_blocks(const LinearTask& task, const WeightBlock* blocks, std::int64_t block_count,
                     std::int64_t row, std::int64_t first_column, std::int64_t columns,
                     std::int64_t token, const ComingWeights& coming) {
  const std::byte* activations[kTokens];
  for (int t = 0; t < kTokens; ++t) {
    activations[t] = token_blocks<std::byte>(task, token + t) + first_column * 4 / Words::kColumns;
  }
  ask_for_activations<Words>(task, token + kTokens, kTokens, first_column, columns);
  for (std::int64_t i = 0; i < block_count; ++i, row += 16 * kVectors) {
    for (int v = 0; v < kVectors; ++v) coming.ask(i * kVectors + v, token, kTokens);
    multiply_block<Words, kVectors, kTokens>(
        blocks[i], columns, activations,
        {task.out + token * task.out_stride + row, task.out_stride, task.row_end - row,
         first_column == 0});
  }
}

// block_count blocks of kVectors * 16 rows from `row` on with all tokens. fill(row, first_column,
// columns, block) unpacks one.
template <typename Words, int kVectors, typename Fill>
void multiply_rows(const LinearTask& task, std::int64_t row, std::int64_t block_count,
                   const Fill& fill) {
  WeightBlock blocks[kBlocksTogether];
  for (std::int64_t first = 0; first < task.columns; first += kFloatBlock) {
    const std::int64_t left = task.columns - first;
    const std::int64_t columns = left < kFloatBlock ? left : kFloatBlock;
    for (std::int64_t i = 0; i < block_count; ++i) {
      fill(row + i * 16 * kVectors, first, columns, blocks[i]);
    }
    const ComingWeights coming(task, row, block_count * kVectors, first, kFloatBlock);
    std::int64_t token = 0;
    for (; token + kTileTokens <= task.tokens; token += kTileTokens) {
      multiply_blocks<Words, kVectors, kTileTokens>(task, blocks, block_count, row, first, columns,
                                                    token, coming);
    }
    for (; token + 2 <= task.tokens; token += 2) {
      multiply_blocks<Words, kVectors, 2>(task, blocks, block_count, row, first, columns, token,
                                          coming);
    }
    if (token < task.tokens) {
      multiply_blocks<Words, kVectors, 1>(task, blocks, block_count, row, first, columns, token,
                                          coming);
    }
  }
}

// All rows of a task, as many at once as the tile holds. fill<kVectors>(row, first_column, columns,
// block) unpacks.
template <typename Words, typename Fill>
void multiply_all(const LinearTask& task, const Fill& fill) {
  std::int64_t row = task.row_begin;
  const auto some = [&]<int kVectors>(std::integral_constant<int, kVectors> vectors,
                                      std::int64_t block_count) {
    multiply_rows<Words, kVectors>(
        task, row, block_count,
        [&](std::int64_t block_row, std::int64_t first, std::int64_t columns, WeightBlock& block) {
          fill(vectors, block_row, first, columns, block);
        });
    row += block_count * 16 * kVectors;
  };
  while (row < task.row_end) {
    const std::int64_t left = (task.row_end - row + 15) / 16 / kTileVectors;
    if (left == 0) {
      some(std::integral_constant<int, 1>(), 1);
    } else {
      some(std::integral_constant<int, kTileVectors>(),
           left < kBlocksTogether ? left : kBlocksTogether);
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
