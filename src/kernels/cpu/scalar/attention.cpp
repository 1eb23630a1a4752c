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

  static void scores(const float* keys, KeyRange range, const float* queries, std::int64_t rows,
                     std::int64_t head_size, float* scores, std::int64_t stride) {
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t j = range.begin; j < range.end; ++j) {
        scores[row * stride + j] =
            float_dot(queries + row * head_size, keys + j * head_size, head_size);
      }
    }
  }

  static void cap_scores(float* scores, KeyRange range, float scale, float cap) {
    for (std::int64_t j = range.begin; j < range.end; ++j) {
      scores[j] = cap * tanh_float(scores[j] * scale / cap);
    }
  }

  // Turns dot products into weights, updates the running maximum and sum, returns the correction.
  static float softmax_step(float* scores, KeyRange range, std::int64_t, float scale,
                            float& maximum, float& sum) {
    float new_maximum = maximum;
    for (std::int64_t j = range.begin; j < range.end; ++j) {
      scores[j] *= scale;
      if (scores[j] > new_maximum) new_maximum = scores[j];
    }
    float sums[kFloatLanes] = {};
    for (std::int64_t j = range.begin; j < range.end; ++j) {
      scores[j] = exp_float(scores[j] - new_maximum);
      sums[j % kFloatLanes] += scores[j];
    }
    const float correction = exp_float(maximum - new_maximum);
    maximum = new_maximum;
    sum = sum * correction + sum_lanes(sums);
    return correction;
  }

  static void add_values(const float* values, std::int64_t stride, KeyRange range,
                         const float* weights, float correction, std::int64_t size, float* out) {
    for (std::int64_t i = 0; i < size; ++i) out[i] *= correction;
    for (std::int64_t j = range.begin; j < range.end; ++j) {
      for (std::int64_t i = 0; i < size; ++i) {
        out[i] = std::fma(weights[j], values[j * stride + i], out[i]);
      }
    }
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
