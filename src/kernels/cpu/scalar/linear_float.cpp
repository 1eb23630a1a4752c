// Float weights and every type without an integer dot product: a row's values as floats, a block at
// a time, then the products in the order of float_blocks.h.
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

#include "kernels/cpu/decoded_types.h"
#include "kernels/cpu/float_blocks.h"
#include "kernels/cpu/reference_decode.h"
#include "kernels/cpu/scalar/kernels.h"
#include "tensor/half.h"

namespace bantam::kernels::scalar {
namespace {

// Writes the dot product of one row with one token.
template <typename Decode>
float row_dot(const std::byte* row, const float* activations, std::int64_t columns,
              const Decode& decode) {
  float total = 0;
  float values[kFloatBlock];  // a multiple of every quantization block
  for (std::int64_t first = 0; first < columns; first += kFloatBlock) {
    const std::int64_t count = columns - first < kFloatBlock ? columns - first : kFloatBlock;
    decode(row, first, count, values);
    float sums[2] = {};
    for (std::int64_t i = 0; i < count; ++i) {
      float& sum = sums[i / kFloatRun % 2];
      sum = std::fma(values[i], activations[first + i], sum);
    }
    total = total + sums[0] + sums[1];
  }
  return total;
}

template <typename Decode>
void linear(const LinearTask& task, const Decode& decode) {
  for (std::int64_t row = task.row_begin; row < task.row_end; ++row) {
    for (std::int64_t token = 0; token < task.tokens; ++token) {
      const std::byte* activations = task.activations + token * task.activation_bytes;
      task.out[token * task.out_stride + row] =
          row_dot(task.weights + row * task.row_bytes, reinterpret_cast<const float*>(activations),
                  task.columns, decode);
    }
  }
}

template <DType type>
void linear_decoded_type(const LinearTask& task) {
  const DecodeFunction decode = reference_decode(type);
  linear(task, [decode](const std::byte* row, std::int64_t first, std::int64_t count, float* out) {
    decode(row + stored_bytes(type, first), out, count);
  });
}

template <typename Element>
void linear_elements(const LinearTask& task) {
  linear(task, [](const std::byte* row, std::int64_t first, std::int64_t count, float* out) {
    for (std::int64_t i = 0; i < count; ++i) {
      Element element;
      std::memcpy(&element, row + (first + i) * static_cast<std::int64_t>(sizeof element),
                  sizeof element);
      out[i] = to_float(element);
    }
  });
}

// Arithmetic without subnormal numbers: inputs and results of that size are zero.
float normal(float value) {
  return std::abs(value) < std::numeric_limits<float>::min() ? std::copysign(0.0f, value) : value;
}

// Column `column` of a row of BF16; past its end zero.
float bf16_at(const std::byte* row, std::int64_t column, std::int64_t columns) {
  if (column >= columns) return 0;
  BFloat16 element;
  std::memcpy(&element, row + column * 2, sizeof element);
  return normal(to_float(element));
}

// weight * activation + sum, rounded once. What rounds up to the smallest normal number only
// because subnormal ones have fewer bits is zero too, as processors have it.
float add_product(float weight, float activation, float sum) {
  constexpr double kSmallest = 0x1p-126 - 0x1p-151;  // that rounds to a normal number
  const float rounded = std::fma(weight, activation, sum);
  const double exact = static_cast<double>(weight) * activation + sum;  // so near to zero
  return std::abs(exact) < kSmallest ? std::copysign(0.0f, rounded) : rounded;
}

// The dot product of two rows of BF16: in each pair of columns the odd one first.
float bf16_dot(const std::byte* weights, const std::byte* activations, std::int64_t columns) {
  const auto product = [&](std::int64_t column, float sum) {
    return add_product(bf16_at(weights, column, columns), bf16_at(activations, column, columns),
                       sum);
  };
  float total = 0;
  for (std::int64_t first = 0; first < columns; first += kFloatBlock) {
    const std::int64_t end = first + kFloatBlock < columns ? first + kFloatBlock : columns;
    float sums[2] = {};
    for (std::int64_t column = first; column < end; column += 2) {
      float& sum = sums[(column - first) / kFloatRun % 2];
      sum = product(column, product(column + 1, sum));
    }
    total = normal(normal(total + sums[0]) + sums[1]);
  }
  return total;
}

// The kernel of a type on the list; run is null for one that is not.
template <const auto& list, std::size_t index>
LinearKernel kernel_among(DType type) {
  if constexpr (index == std::size(list)) {
    return {};
  } else {
    if (type == list[index]) return {linear_decoded_type<list[index]>, ActivationFormat::F32};
    return kernel_among<list, index + 1>(type);
  }
}

// Types that no model computes with.
constexpr DType kRareTypes[] = {DType::Q8_1, DType::Q8_K, DType::I8, DType::I16,
                                DType::I32,  DType::I64,  DType::F64};

}  // namespace

void linear_f32(const LinearTask& task) { linear_decoded_type<DType::F32>(task); }
void linear_f16(const LinearTask& task) { linear_elements<Half>(task); }
void exact_bf16(const LinearTask& task) { linear_elements<BFloat16>(task); }

void linear_bf16(const LinearTask& task) {
  for (std::int64_t row = task.row_begin; row < task.row_end; ++row) {
    for (std::int64_t token = 0; token < task.tokens; ++token) {
      task.out[token * task.out_stride + row] =
          bf16_dot(task.weights + row * task.row_bytes,
                   task.activations + token * task.activation_bytes, task.columns);
    }
  }
}

LinearKernel linear_decoded(DType type) {
  const LinearKernel kernel = kernel_among<kDecodedTypes, 0>(type);
  return kernel.run != nullptr ? kernel : kernel_among<kRareTypes, 0>(type);
}

}  // namespace bantam::kernels::scalar
