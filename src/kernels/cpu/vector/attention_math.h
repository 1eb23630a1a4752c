// The arithmetic of attention_driver.h over Lanes. Include a level's lanes.h first.
#pragma once

#include "kernels/cpu/attention_driver.h"
#include "kernels/cpu/reference_decode.h"
#include "kernels/cpu/vector/attention_scores.h"
#include "kernels/cpu/vector/attention_values.h"
#include "kernels/cpu/vector/lanes_elementwise.h"

namespace bantam::kernels {
namespace {

// With the level's decoders of caches of Q8_0 and Q4_0.
template <DecodeFunction decode_q8_0, DecodeFunction decode_q4_0>
struct LanesMath {
  static std::int64_t stored_bytes(DType type, std::int64_t count) {
    return kernels::stored_bytes(type, count);
  }

  static void decode(DType type, const std::byte* blocks, float* values, std::int64_t count) {
    if (type == DType::F16) return decode_lanes<F16Source>(blocks, values, count);
    if (type == DType::BF16) return decode_lanes<BF16Source>(blocks, values, count);
    if (type == DType::Q8_0) return decode_q8_0(blocks, values, count);
    if (type == DType::Q4_0) return decode_q4_0(blocks, values, count);
    reference_decode(type)(blocks, values, count);
  }

  // Whether keys and values of a type other than F32 can be read as they are stored.
  static bool reads(DType type) {
    return kReadsStored && (type == DType::F16 || type == DType::BF16);
  }

  // From this many rows on the keys of a block are transposed: as fast either way with heads of 64.
  static constexpr std::int64_t kColumnRows = 16;

  static void transpose(const float* rows, KeyRange range, std::int64_t block_tokens,
                        std::int64_t head_size, std::int64_t stride, float* columns) {
    transpose_keys(rows, range, block_tokens, head_size, stride, columns);
  }

  static void scores(const BlockKeys& keys, KeyRange range, const float* queries,
                     std::int64_t query_stride, int rows, float* scores) {
    if (keys.columns == nullptr) {
      const auto score = [&]<typename Source>() {
        score_few<Source>(keys, range, queries, query_stride, rows, scores);
      };
      return with_source(keys.rows.type, score);
    }
    if (rows == 4) return score_columns<4>(keys, range, queries, query_stride, scores);
    if (rows == 3) return score_columns<3>(keys, range, queries, query_stride, scores);
    if (rows == 2) return score_columns<2>(keys, range, queries, query_stride, scores);
    return score_columns<1>(keys, range, queries, query_stride, scores);
  }

  static void cap_scores(float* scores, KeyRange range, float scale, float cap) {
    for (std::int64_t j = range.begin; j < range.end; j += 16) {
      const Lanes scaled = load_part(scores + j, range.end - j) * splat(scale);
      store_part(scores + j, softcap_lanes(scaled, splat(cap)), range.end - j);
    }
  }

  // Scales dot products and returns the largest of them and `maximum`. Here and below, a vector
  // that is not wholly in the range gets the weight 0 outside of it.
  static float scale_scores(float* scores, KeyRange range, float scale, float maximum) {
    const Lanes lowest = splat(-__builtin_inff());
    Lanes largest_lanes = splat(maximum);
    for (std::int64_t j = range.begin / 16 * 16; j < range.end; j += 16) {
      Lanes scaled = load(scores + j) * splat(scale);
      if (j < range.begin || j + 16 > range.end) {
        scaled = keep_range(scaled, lowest, range.begin - j, range.end - j);
      }
      store(scores + j, scaled);
      largest_lanes = larger(scaled, largest_lanes);
    }
    return largest(largest_lanes);
  }

  static void exp_each(float* x, std::int64_t count) {
    map_lanes(x, count, x, [](Lanes value) { return exp_lanes(value); });
  }

  // Turns scores into weights and returns their sum.
  static float weigh(float* scores, KeyRange range, float maximum) {
    Lanes sums = zero_lanes();
    for (std::int64_t j = range.begin / 16 * 16; j < range.end; j += 16) {
      const Lanes weights = exp_lanes(load(scores + j) - splat(maximum));
      store(scores + j, weights);
      sums = sums + weights;
    }
    return sum_lanes(sums);
  }

  static void add_values(const BlockRows& values, OutputRows& rows, std::int64_t size) {
    const auto add = [&]<typename Source>() { add_rows_values<Source>(values, rows, size); };
    with_source(values.type, add);
  }

  // Calls function with the source of a type that is read.
  template <typename Function>
  static void with_source(DType type, Function function) {
    if constexpr (kReadsStored) {
      if (type == DType::F16) return function.template operator()<F16Source>();
      if (type == DType::BF16) return function.template operator()<BF16Source>();
    }
    function.template operator()<F32Source>();
  }

  static void scale(float* x, float factor, std::int64_t count) {
    lanes_scale(x, factor, count, x);
  }
};

}  // namespace
}  // namespace bantam::kernels
