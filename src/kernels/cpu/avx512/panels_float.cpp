// F32, F16 and BF16 in panels: sixteen columns of a row, then the same of the next row.
#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/panel_words.h"
#include "kernels/cpu/vector/float_linear.h"

namespace bantam::kernels {
namespace {

// Rows [first_row, first_row + kRows) of a panel with kTokens tokens, all columns.
template <typename Source, int kRows, int kTokens>
void rows_with_tokens(const LinearTask& task, std::int64_t row, std::int64_t first_row) {
  constexpr std::int64_t kWord = 16 * Source::kBytes;
  const std::byte* words = task.weights + row * task.row_bytes + first_row * kWord;
  const float* tokens[kTokens];
  Lanes sums[kTokens][kRows];
  for (int t = 0; t < kTokens; ++t) {
    tokens[t] = token_blocks<float>(task, t);
    for (int r = 0; r < kRows; ++r) sums[t][r] = zero_lanes();
  }
  for (std::int64_t column = 0; column < task.columns; column += 16) {
    if (first_row == 0) prefetch_words(words, 0, static_cast<int>(kPanelRows * kWord / 64));
    Lanes activations[kTokens];
    for (int t = 0; t < kTokens; ++t) activations[t] = load(tokens[t] + column);
    for (int r = 0; r < kRows; ++r) {
      const Lanes weight = Source::load(words + r * kWord);
      for (int t = 0; t < kTokens; ++t) sums[t][r] = fma(weight, activations[t], sums[t][r]);
    }
    words += kPanelRows * kWord;
  }
  for (int t = 0; t < kTokens; ++t) {
    for (int r = 0; r < kRows && row + first_row + r < task.row_end; r += 4) {
      const Lanes* four = sums[t] + r;
      store_rows(task, t, row + first_row + r, sum_four(four[0], four[1], four[2], four[3]));
    }
  }
}

// As many rows at once as registers hold sums for; the panel stays in the cache for the others.
template <typename Source, int kTokens>
void panel_with_tokens(const LinearTask& task, std::int64_t row) {
  constexpr int kRows = kTokens == 1 ? 16 : kTokens < 4 ? 8 : 4;
  for (std::int64_t first = 0; first < kPanelRows; first += kRows) {
    rows_with_tokens<Source, kRows, kTokens>(task, row, first);
  }
}

// Rows [first_row, first_row + kPackedRows) of a panel with any number of tokens.
template <typename Source>
void packed_rows(const LinearTask& task, std::int64_t row, std::int64_t first_row) {
  constexpr std::int64_t kWord = 16 * Source::kBytes;
  const std::byte* panel = task.weights + row * task.row_bytes + first_row * kWord;
  packed_tokens(task, row + first_row,
                [&](std::int64_t first, std::int64_t count, PackedRows& packed) {
                  const std::byte* words = panel + first * kPanelRows * Source::kBytes;
                  for (std::int64_t column = 0; column < count; column += 16) {
                    for (int r = 0; r < kPackedRows; ++r) {
                      store(packed.values[r] + column, Source::load(words + r * kWord));
                    }
                    words += kPanelRows * kWord;
                  }
                });
}

template <typename Source>
void linear(const LinearTask& task) {
  if (task.tokens <= kPanelTokensMax) {
    for_each_panel(task, [&](std::int64_t row, auto tokens) {
      panel_with_tokens<Source, tokens.kValue>(task, row);
    });
    return;
  }
  for (std::int64_t row = task.row_begin; row < task.row_end; row += kPanelRows) {
    for (std::int64_t first = 0; first < kPanelRows; first += kPackedRows) {
      if (row + first < task.row_end) packed_rows<Source>(task, row, first);
    }
  }
}

}  // namespace

void BANTAM_AVX512::panels_f32(const LinearTask& task) { linear<F32Source>(task); }
void BANTAM_AVX512::panels_f16(const LinearTask& task) { linear<F16Source>(task); }
void BANTAM_AVX512::panels_bf16(const LinearTask& task) { linear<BF16Source>(task); }

}  // namespace bantam::kernels
