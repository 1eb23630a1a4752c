// The arithmetic of attention_driver.h over Lanes. Include a level's lanes.h first.
#pragma once

#include "kernels/cpu/attention_driver.h"
#include "kernels/cpu/reference_decode.h"
#include "kernels/cpu/vector/float_tile.h"
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

  // Four keys at a time; the keys past the end repeat the last one and are not stored. Not inlined,
  // so that the loop has all registers for itself.
  [[gnu::noinline]] static void scores(const float* keys, KeyRange range, const float* queries,
                                       std::int64_t rows, std::int64_t head_size, float* scores,
                                       std::int64_t stride) {
    for (std::int64_t j = range.begin; j < range.end; j += 4) {
      const std::byte* key_rows[4];
      for (int k = 0; k < 4; ++k) {
        const std::int64_t key = j + k < range.end ? j + k : range.end - 1;
        key_rows[k] = reinterpret_cast<const std::byte*>(keys + key * head_size);
      }
      for (std::int64_t row = 0; row < rows; ++row) {
        const float* query[1] = {queries + row * head_size};
        Lanes sums[1][4] = {{zero_lanes(), zero_lanes(), zero_lanes(), zero_lanes()}};
        add_tile<4, 1>(key_rows, query, head_size, sums);
        const auto four = sum_four(sums[0][0], sums[0][1], sums[0][2], sums[0][3]);
        float* out = scores + row * stride + j;
        if (j + 4 <= range.end) {
          __builtin_memcpy(out, &four, 16);
          continue;
        }
        float part[4];
        __builtin_memcpy(part, &four, 16);
        for (int k = 0; j + k < range.end; ++k) out[k] = part[k];
      }
    }
  }

  static void cap_scores(float* scores, KeyRange range, float scale, float cap) {
    for (std::int64_t j = range.begin; j < range.end; j += 16) {
      const Lanes scaled = load_part(scores + j, range.end - j) * splat(scale);
      store_part(scores + j, softcap_lanes(scaled, splat(cap)), range.end - j);
    }
  }

  // Turns dot products into weights, updates the running maximum and sum, returns the correction.
  static float softmax_step(float* scores, KeyRange range, std::int64_t stride, float scale,
                            float& maximum, float& sum) {
    const Lanes lowest = splat(-__builtin_inff());
    Lanes new_maximums = splat(maximum);
    for (std::int64_t j = 0; j < stride; j += 16) {
      const Lanes scaled = load(scores + j) * splat(scale);
      const Lanes visible = keep_range(scaled, lowest, range.begin - j, range.end - j);
      store(scores + j, visible);
      new_maximums = larger(visible, new_maximums);
    }
    const float new_maximum = largest(new_maximums);
    Lanes sums = zero_lanes();
    for (std::int64_t j = 0; j < stride; j += 16) {
      const Lanes weights = exp_lanes(load(scores + j) - splat(new_maximum));
      store(scores + j, weights);
      sums = sums + weights;
    }
    alignas(64) float corrections[16];
    store(corrections, exp_lanes(splat(maximum) - splat(new_maximum)));
    maximum = new_maximum;
    sum = sum * corrections[0] + sum_lanes(sums);
    return corrections[0];
  }

  // Sixty-four values of `out` stay in registers over all keys.
  static void add_values(const float* values, std::int64_t stride, KeyRange range,
                         const float* weights, float correction, std::int64_t size, float* out) {
    std::int64_t i = 0;
    for (; i + 64 <= size; i += 64) {
      Lanes sums[4];
      for (int k = 0; k < 4; ++k) sums[k] = load(out + i + 16 * k) * splat(correction);
      for (std::int64_t j = range.begin; j < range.end; ++j) {
        const Lanes weight = splat(weights[j]);
        for (int k = 0; k < 4; ++k) {
          sums[k] = fma(weight, load(values + j * stride + i + 16 * k), sums[k]);
        }
      }
      for (int k = 0; k < 4; ++k) store(out + i + 16 * k, sums[k]);
    }
    for (; i < size; i += 16) {
      Lanes sum = load_part(out + i, size - i) * splat(correction);
      for (std::int64_t j = range.begin; j < range.end; ++j) {
        sum = fma(splat(weights[j]), load_part(values + j * stride + i, size - i), sum);
      }
      store_part(out + i, sum, size - i);
    }
  }
};

}  // namespace
}  // namespace bantam::kernels
