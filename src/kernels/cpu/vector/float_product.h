// Register tiles of a product with float weights, sixteen rows a Lanes (docs/numerics.md: "Float
// product"). Include a level's lanes.h first, which sets kTileVectors and kTileTokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/cpu/float_blocks.h"
#include "kernels/cpu/vector/row_groups.h"

namespace bantam::kernels {
namespace {

// Tokens whose activations, a block of columns of each, stay in a cache while a tile of rows passes
// over them.
constexpr std::int64_t kTokensAtOnce = 192;

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

template <typename Words, int kVectors, int kTokens>
void multiply_some(const LinearTask& task, const WeightBlock& block, std::int64_t first_column,
                   std::int64_t columns, std::int64_t token, BlockOutputs outputs) {
  const std::byte* activations[kTokens];
  for (int t = 0; t < kTokens; ++t) {
    activations[t] = token_blocks<std::byte>(task, token + t) + first_column * 4 / Words::kColumns;
  }
  outputs.out += token * outputs.stride;
  multiply_block<Words, kVectors, kTokens>(block, columns, activations, outputs);
}

// kVectors * 16 rows from `row` on with all tokens. fill(first_column, columns, block) unpacks.
template <typename Words, int kVectors, typename Fill>
void multiply_rows(const LinearTask& task, std::int64_t row, const Fill& fill) {
  WeightBlock block;
  const std::int64_t rows = task.row_end - row;
  for (std::int64_t begin = 0; begin < task.tokens; begin += kTokensAtOnce) {
    const std::int64_t end =
        begin + kTokensAtOnce < task.tokens ? begin + kTokensAtOnce : task.tokens;
    for (std::int64_t first = 0; first < task.columns; first += kFloatBlock) {
      const std::int64_t left = task.columns - first;
      const std::int64_t columns = left < kFloatBlock ? left : kFloatBlock;
      fill(first, columns, block);
      const BlockOutputs outputs{task.out + row, task.out_stride, rows, first == 0};
      std::int64_t token = begin;
      for (; token + kTileTokens <= end; token += kTileTokens) {
        multiply_some<Words, kVectors, kTileTokens>(task, block, first, columns, token, outputs);
      }
      for (; token + 2 <= end; token += 2) {
        multiply_some<Words, kVectors, 2>(task, block, first, columns, token, outputs);
      }
      if (token < end) {
        multiply_some<Words, kVectors, 1>(task, block, first, columns, token, outputs);
      }
    }
  }
}

// All rows of a task, as many at once as the tile holds. fill<kVectors>(row, first_column, columns,
// block) unpacks.
template <typename Words, typename Fill>
void multiply_all(const LinearTask& task, const Fill& fill) {
  std::int64_t row = task.row_begin;
  const auto some = [&]<int kVectors>(std::integral_constant<int, kVectors> vectors) {
    multiply_rows<Words, kVectors>(
        task, row, [&](std::int64_t first, std::int64_t columns, WeightBlock& block) {
          fill(vectors, row, first, columns, block);
        });
    row += 16 * kVectors;
  };
  while (row + 16 * (kTileVectors - 1) < task.row_end) {
    some(std::integral_constant<int, kTileVectors>());
  }
  while (row < task.row_end) some(std::integral_constant<int, 1>());
}

}  // namespace
}  // namespace bantam::kernels
