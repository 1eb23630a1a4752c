#include <cmath>

#include "kernels/cpu/attention_driver.h"
#include "kernels/cpu/reference_decode.h"
#include "kernels/cpu/scalar/exp.h"
#include "kernels/cpu/scalar/float_dot.h"
#include "kernels/cpu/scalar/kernels.h"

namespace bantam::kernels {
namespace {

struct ScalarMath {
  static std::int64_t stored_bytes(DType type, std::int64_t count) {
    return kernels::stored_bytes(type, count);
  }

  static void decode(DType type, const std::byte* blocks, float* values, std::int64_t count) {
    reference_decode(type)(blocks, values, count);
  }

  static bool reads(DType) { return false; }

  // Few enough rows always: float_dot reads rows of keys.
  static constexpr std::int64_t kColumnRows = std::numeric_limits<std::int64_t>::max();
  static void transpose(const float*, KeyRange, std::int64_t, std::int64_t, std::int64_t, float*) {}

  static void scores(const BlockKeys& keys, KeyRange range, const float* queries,
                     std::int64_t query_stride, int rows, float* scores) {
    for (int row = 0; row < rows; ++row) {
      for (std::int64_t j = range.begin; j < range.end; ++j) {
        scores[row * keys.stride + j] = float_dot(
            queries + row * query_stride, keys.rows.floats() + j * keys.head_size, keys.head_size);
      }
    }
  }

  static void cap_scores(float* scores, KeyRange range, float scale, float cap) {
    for (std::int64_t j = range.begin; j < range.end; ++j) {
      scores[j] = cap * tanh_float(scores[j] * scale / cap);
    }
  }

  // Scales dot products and returns the largest of them and `maximum`.
  static float scale_scores(float* scores, KeyRange range, float scale, float maximum) {
    for (std::int64_t j = range.begin; j < range.end; ++j) {
      scores[j] *= scale;
      if (scores[j] > maximum) maximum = scores[j];
    }
    return maximum;
  }

  static void exp_each(float* x, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) x[i] = exp_float(x[i]);
  }

  // Turns scores into weights and returns their sum.
  static float weigh(float* scores, KeyRange range, float maximum) {
    float sums[kFloatLanes] = {};
    for (std::int64_t j = range.begin; j < range.end; ++j) {
      scores[j] = exp_float(scores[j] - maximum);
      sums[j % kFloatLanes] += scores[j];
    }
    return sum_lanes(sums);
  }

  static void add_values(const BlockRows& values, const OutputRows& rows, std::int64_t size) {
    for (int r = 0; r < rows.count; ++r) {
      float* out = rows.out[r];
      for (std::int64_t i = 0; i < size; ++i) out[i] *= rows.corrections[r];
      for (std::int64_t j = rows.ranges[r].begin; j < rows.ranges[r].end; ++j) {
        for (std::int64_t i = 0; i < size; ++i) {
          out[i] = std::fma(rows.weights[r][j], values.floats()[j * values.stride + i], out[i]);
        }
      }
    }
  }

  static void scale(float* x, float factor, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) x[i] *= factor;
  }
};

}  // namespace

void scalar::attention(const AttentionTask& task) { attend<ScalarMath>(task); }

std::int64_t attention_scratch_floats(std::int64_t tokens, std::int64_t heads,
                                      std::int64_t block_tokens, std::int64_t head_size,
                                      std::int64_t value_size) {
  return divide_scratch(nullptr, tokens * heads, block_tokens, head_size, value_size).floats;
}

}  // namespace bantam::kernels
