// Linear kernels with float activations on matrices in rows: rows are turned into floats, a block
// of columns at a time, and laid side by side. Include a level's lanes.h
// first.
#pragma once

#include "kernels/cpu/decoded_types.h"
#include "kernels/cpu/reference_decode.h"
#include "kernels/cpu/vector/float_product.h"
#include "kernels/cpu/vector/float_tile.h"

namespace bantam::kernels {
namespace {

// A block of sixteen rows as floats.
struct SixteenRows {
  alignas(64) float values[16][kFloatBlock];
};

// decode(row, first, count, values) turns some columns of a row into words of four bytes.
template <typename Words, typename Decode>
void decoded_product(const LinearTask& task, const Decode& decode) {
  multiply_all<Words>(
      task, [&]<int kVectors>(std::integral_constant<int, kVectors>, std::int64_t row,
                              std::int64_t first, std::int64_t columns, WeightBlock& block) {
        constexpr std::int64_t kStride = 16 * kVectors;
        const std::int64_t words = (columns + Words::kColumns - 1) / Words::kColumns;
        SixteenRows rows;
        for (std::int64_t v = 0; v < kVectors; ++v) {
          const RowGroup<std::byte, 16> group(task, row + 16 * v);
          for (int r = 0; r < 16; ++r) decode(group.rows[r], first, columns, rows.values[r]);
          for (std::int64_t i = 0; i < words; i += 16) {
            transpose_sixteen(rows.values[0] + i, kFloatBlock, block.values + i * kStride + 16 * v,
                              kStride);
          }
        }
      });
}

// Weights whose values can be loaded as floats.
template <typename Source>
void float_linear(const LinearTask& task) {
  decoded_product<FloatWords>(
      task, [](const std::byte* row, std::int64_t first, std::int64_t count, float* values) {
        decode_lanes<Source>(row + first * Source::kBytes, values, count);
      });
}

// BF16 weights with BF16 activations: pairs are words as they are.
template <typename Words>
void bfloat16_linear(const LinearTask& task) {
  decoded_product<Words>(
      task, [](const std::byte* row, std::int64_t first, std::int64_t count, float* values) {
        if (count % 2 != 0) values[count / 2] = 0;
        __builtin_memcpy(values, row + first * 2, static_cast<std::size_t>(count) * 2);
      });
}

// Any type, through the decoder that the level finds for it.
template <DType type, DecodeFunction (*find_decode)(DType)>
void decoded_linear(const LinearTask& task) {
  const DecodeFunction decode = find_decode(type);
  decoded_product<FloatWords>(
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
