// Linear kernels with float activations over Lanes. Include a level's lanes.h first.
//
// Few tokens: rows are read once, in groups of four, straight into registers. Many tokens, or a
// type that must be decoded: eight rows are turned into floats, a chunk of columns at a time, and
// multiplied with all tokens; the running sums of a panel of tokens wait on the stack between
// chunks. The order of every sum is the same on all paths.
#pragma once

#include "kernels/cpu/decoded_types.h"
#include "kernels/cpu/reference_decode.h"
#include "kernels/cpu/vector/float_tile.h"
#include "kernels/cpu/vector/prefetch.h"
#include "kernels/cpu/vector/row_groups.h"

namespace bantam::kernels {
namespace {

constexpr int kPackedRows = 8;
constexpr std::int64_t kPackedColumns = 512;  // a multiple of every block size and of 16
constexpr int kPanelTokens = 128;

// Four rows with one token, all columns.
template <typename Source>
void four_rows(const LinearTask& task, std::int64_t row) {
  const RowGroup<std::byte, 4> group(task, row);
  const SequentialPrefetch prefetch(task, row, 4);
  constexpr std::int64_t kStep = 256;
  for (std::int64_t token = 0; token < task.tokens; ++token) {
    Lanes sums[1][4] = {{zero_lanes(), zero_lanes(), zero_lanes(), zero_lanes()}};
    for (std::int64_t first = 0; first < task.columns; first += kStep) {
      const std::int64_t count = task.columns - first < kStep ? task.columns - first : kStep;
      if (token == 0) prefetch.lines(first * Source::kBytes, count * Source::kBytes);
      const std::byte* rows[4];
      for (int r = 0; r < 4; ++r) rows[r] = group.rows[r] + first * Source::kBytes;
      const float* activations[1] = {token_blocks<float>(task, token) + first};
      add_tile<Source, 4, 1>(rows, activations, count, sums);
    }
    store_rows(task, token, row, sum_four(sums[0][0], sums[0][1], sums[0][2], sums[0][3]));
  }
}

// Eight rows by one chunk of columns as floats.
struct PackedRows {
  alignas(64) float values[kPackedRows][kPackedColumns];
};

// The running sums of a panel of tokens with eight rows.
struct PanelSums {
  Lanes sums[kPanelTokens][kPackedRows];
};

// Adds one chunk to a register tile's worth of sums.
template <int kTokens>
inline void add_packed(const PackedRows& packed, const float* const* tokens, std::int64_t count,
                       Lanes (*panel)[kPackedRows]) {
  for (int row = 0; row < kPackedRows; row += kTileRows) {
    const std::byte* rows[kTileRows];
    Lanes sums[kTokens][kTileRows];
    for (int r = 0; r < kTileRows; ++r) {
      rows[r] = reinterpret_cast<const std::byte*>(packed.values[row + r]);
      for (int t = 0; t < kTokens; ++t) sums[t][r] = panel[t][row + r];
    }
    add_tile<F32Source, kTileRows, kTokens>(rows, tokens, count, sums);
    for (int r = 0; r < kTileRows; ++r) {
      for (int t = 0; t < kTokens; ++t) panel[t][row + r] = sums[t][r];
    }
  }
}

// Eight rows with up to kPanelTokens tokens, all columns. fill(first, count, packed) turns some
// columns of the rows into floats.
template <typename Fill>
void packed_panel(const LinearTask& task, std::int64_t row, std::int64_t first_token, int tokens,
                  const Fill& fill) {
  PackedRows packed;
  PanelSums panel;
  for (int t = 0; t < tokens; ++t) {
    for (int r = 0; r < kPackedRows; ++r) panel.sums[t][r] = zero_lanes();
  }
  for (std::int64_t first = 0; first < task.columns; first += kPackedColumns) {
    const std::int64_t left = task.columns - first;
    const std::int64_t count = left < kPackedColumns ? left : kPackedColumns;
    fill(first, count, packed);
    const float* activations[kPanelTokens];
    for (int t = 0; t < tokens; ++t)
      activations[t] = token_blocks<float>(task, first_token + t) + first;
    int t = 0;
    for (; t + kTileTokens <= tokens; t += kTileTokens) {
      add_packed<kTileTokens>(packed, activations + t, count, panel.sums + t);
    }
    for (; t + 2 <= tokens; t += 2) add_packed<2>(packed, activations + t, count, panel.sums + t);
    if (t < tokens) add_packed<1>(packed, activations + t, count, panel.sums + t);
  }
  for (int t = 0; t < tokens; ++t) {
    for (int r = 0; r < kPackedRows && row + r < task.row_end; r += 4) {
      const Lanes* sums = panel.sums[t] + r;
      store_rows(task, first_token + t, row + r, sum_four(sums[0], sums[1], sums[2], sums[3]));
    }
  }
}

template <typename Fill>
void packed_tokens(const LinearTask& task, std::int64_t row, const Fill& fill) {
  for (std::int64_t token = 0; token < task.tokens; token += kPanelTokens) {
    const std::int64_t left = task.tokens - token;
    const int tokens = left < kPanelTokens ? static_cast<int>(left) : kPanelTokens;
    packed_panel(task, row, token, tokens, fill);
  }
}

// decode(row, first, count, values) turns some columns of a row into floats.
template <typename Decode>
void packed_linear(const LinearTask& task, const Decode& decode) {
  for (std::int64_t row = task.row_begin; row < task.row_end; row += kPackedRows) {
    const RowGroup<std::byte, kPackedRows> group(task, row);
    packed_tokens(task, row, [&](std::int64_t first, std::int64_t count, PackedRows& packed) {
      for (int r = 0; r < kPackedRows; ++r) decode(group.rows[r], first, count, packed.values[r]);
    });
  }
}

// Weights whose values can be loaded as floats.
template <typename Source>
void float_linear(const LinearTask& task) {
  if (task.tokens > kFewTokens) {
    packed_linear(task,
                  [](const std::byte* row, std::int64_t first, std::int64_t count, float* values) {
                    decode_lanes<Source>(row + first * Source::kBytes, values, count);
                  });
    return;
  }
  for (std::int64_t row = task.row_begin; row < task.row_end; row += 4) {
    four_rows<Source>(task, row);
  }
}

// Any type, through the decoder that the level finds for it.
template <DType type, DecodeFunction (*find_decode)(DType)>
void decoded_linear(const LinearTask& task) {
  const DecodeFunction decode = find_decode(type);
  packed_linear(
      task, [decode](const std::byte* row, std::int64_t first, std::int64_t count, float* values) {
        decode(row + stored_bytes(type, first), values, count);
      });
}

// The kernel of a type that decodes first; run is null for one that does not.
template <DecodeFunction (*find_decode)(DType), int kIndex = 0>
LinearKernel decoded_kernel(DType type) {
  if constexpr (kIndex == kDecodedTypeCount) {
    return {};
  } else {
    constexpr DType kType = kDecodedTypes[kIndex];
    if (type == kType) return {decoded_linear<kType, find_decode>, ActivationFormat::F32};
    return decoded_kernel<find_decode, kIndex + 1>(type);
  }
}

}  // namespace
}  // namespace bantam::kernels
