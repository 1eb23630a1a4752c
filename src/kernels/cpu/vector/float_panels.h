// Float weights in panels: column i of sixteen rows, then column i + 16, then column i + 1 and so
// on, so that both running sums are fed from one stream. Include a level's lanes.h first, which
// sets kPanelTokens.
#pragma once

#include "kernels/cpu/vector/float_product.h"
#include "kernels/cpu/vector/float_tile.h"
#include "kernels/panels.h"

namespace bantam::kernels {
namespace {

// Asks for memory beyond the end of a page, where the processor's own reading ahead stops. With one
// token, whose products take less time than the reading, that reading ahead is faster alone.
template <std::int64_t kBytes>
[[gnu::always_inline]] inline void prefetch_ahead(const std::byte* words) {
  constexpr std::int64_t kAheadBytes = 4096;
  for (std::int64_t line = 0; line < kBytes; line += 64) {
    __builtin_prefetch(words + kAheadBytes + line);
  }
}

// Two neighbouring words of sixteen rows: one of each running sum.
template <typename Source>
struct WordPair {
  static constexpr std::int64_t kBytes = 2 * 16 * Source::kBytes;
  Lanes first, second;
  [[gnu::always_inline]] explicit WordPair(const std::byte* p)
      : first(Source::load(p)), second(Source::load(p + kBytes / 2)) {}
};

// Tokens up to which panels are multiplied as they are read, kPanelTokens at a time; for more,
// unpacking pays.
constexpr std::int64_t kFewPanelTokens = 16;

// A panel, straight into registers, with kTokens tokens.
template <typename Words, typename Source, int kTokens>
[[gnu::noinline]] void panel_tokens(const LinearTask& task, std::int64_t row,
                                    std::int64_t first_token) {
  using Pair = WordPair<Source>;
  constexpr std::int64_t kRun = kFloatRun / Words::kColumns;
  const std::byte* words = task.weights + row * task.row_bytes;
  const std::byte* tokens[kTokens];
  Lanes totals[kTokens];
  for (int t = 0; t < kTokens; ++t) {
    tokens[t] = token_blocks<std::byte>(task, first_token + t);
    totals[t] = zero_lanes();
  }
  const std::int64_t count = task.columns / Words::kColumns;
  constexpr std::int64_t kBlock = kFloatBlock / Words::kColumns;
  for (std::int64_t block = 0; block < count; block += kBlock) {
    const std::int64_t end = block + kBlock < count ? block + kBlock : count;
    Lanes first[kTokens], second[kTokens];
    for (int t = 0; t < kTokens; ++t) first[t] = second[t] = zero_lanes();
    for (std::int64_t run = block; run < end; run += 2 * kRun) {
      for (std::int64_t i = run; i < run + kRun; ++i, words += Pair::kBytes) {
        if constexpr (kTokens > 1) prefetch_ahead<Pair::kBytes>(words);
        const Pair weights(words);
        for (int t = 0; t < kTokens; ++t) {
          first[t] = Words::add(weights.first, Words::splat_word(tokens[t] + i * 4), first[t]);
          second[t] =
              Words::add(weights.second, Words::splat_word(tokens[t] + (i + kRun) * 4), second[t]);
        }
      }
    }
    for (int t = 0; t < kTokens; ++t) totals[t] = totals[t] + first[t] + second[t];
  }
  for (int t = 0; t < kTokens; ++t) {
    const std::int64_t rows = task.row_end - row;
    store_part(task.out + (first_token + t) * task.out_stride + row, totals[t], rows);
  }
}

template <typename Words, typename Source, int kTokens = kPanelTokens>
void panel_tokens_from(const LinearTask& task, std::int64_t row, std::int64_t first_token) {
  if constexpr (kTokens > 1) {
    if (task.tokens - first_token < kTokens) {
      return panel_tokens_from<Words, Source, kTokens - 1>(task, row, first_token);
    }
  }
  panel_tokens<Words, Source, kTokens>(task, row, first_token);
}

// A block of columns of some panels, word by word.
template <typename Words, typename Source, int kVectors>
void unpack_panels(const LinearTask& task, std::int64_t row, std::int64_t first,
                   std::int64_t columns, WeightBlock& block) {
  using Pair = WordPair<Source>;
  constexpr std::int64_t kRun = kFloatRun / Words::kColumns;
  constexpr std::int64_t kStride = 16 * kVectors;
  for (std::int64_t v = 0; v < kVectors; ++v) {
    if (row + 16 * v >= task.row_end) return;
    const std::byte* words = task.weights + (row + 16 * v) * task.row_bytes +
                             first / Words::kColumns * (Pair::kBytes / 2);
    float* values = block.values + 16 * v;
    for (std::int64_t run = 0; run < columns / Words::kColumns; run += 2 * kRun) {
      for (std::int64_t i = run; i < run + kRun; ++i, words += Pair::kBytes) {
        const Pair weights(words);
        store(values + i * kStride, weights.first);
        store(values + (i + kRun) * kStride, weights.second);
      }
    }
  }
}

template <typename Words, typename Source>
void float_panels(const LinearTask& task) {
  if (task.tokens <= kFewPanelTokens) {
    for (std::int64_t row = task.row_begin; row < task.row_end; row += kPanelRows) {
      for (std::int64_t token = 0; token < task.tokens; token += kPanelTokens) {
        panel_tokens_from<Words, Source>(task, row, token);
      }
    }
    return;
  }
  multiply_all<Words>(
      task, [&]<int kVectors>(std::integral_constant<int, kVectors>, std::int64_t row,
                              std::int64_t first, std::int64_t columns, WeightBlock& block) {
        unpack_panels<Words, Source, kVectors>(task, row, first, columns, block);
      });
}

}  // namespace
}  // namespace bantam::kernels
