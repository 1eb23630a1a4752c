// Float weights and every type without an integer dot product: a row's values as floats, 256 at a
// time, then the float dot product of float_dot.h.
#include <cstring>

#include "kernels/cpu/reference_decode.h"
#include "kernels/cpu/scalar/float_dot.h"
#include "kernels/cpu/scalar/kernels.h"
#include "tensor/half.h"

namespace bantam::kernels::scalar {
namespace {

constexpr std::int64_t kChunk = 256;  // a multiple of every block size and of kFloatLanes

// Writes the dot product of one row with one token.
template <typename Decode>
float row_dot(const std::byte* row, const float* activations, std::int64_t columns,
              const Decode& decode) {
  float sums[kFloatLanes] = {};
  float values[kChunk];
  for (std::int64_t first = 0; first < columns; first += kChunk) {
    const std::int64_t count = columns - first < kChunk ? columns - first : kChunk;
    decode(row, first, count, values);
    for (std::int64_t i = 0; i < count; ++i) {
      float& sum = sums[i % kFloatLanes];
      sum = std::fma(values[i], activations[first + i], sum);
    }
  }
  for (std::int64_t i = columns; i % kFloatLanes != 0; ++i) sums[i % kFloatLanes] += 0.0f;
  return sum_lanes(sums);
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

}  // namespace

void linear_f32(const LinearTask& task) { linear_decoded_type<DType::F32>(task); }
void linear_f16(const LinearTask& task) { linear_elements<Half>(task); }
void linear_bf16(const LinearTask& task) { linear_elements<BFloat16>(task); }

LinearKernel linear_decoded(DType type) {
  switch (type) {
    case DType::Q8_1:
      return {linear_decoded_type<DType::Q8_1>, ActivationFormat::F32};
    case DType::Q8_K:
      return {linear_decoded_type<DType::Q8_K>, ActivationFormat::F32};
    case DType::IQ2_XXS:
      return {linear_decoded_type<DType::IQ2_XXS>, ActivationFormat::F32};
    case DType::IQ2_XS:
      return {linear_decoded_type<DType::IQ2_XS>, ActivationFormat::F32};
    case DType::IQ2_S:
      return {linear_decoded_type<DType::IQ2_S>, ActivationFormat::F32};
    case DType::IQ3_XXS:
      return {linear_decoded_type<DType::IQ3_XXS>, ActivationFormat::F32};
    case DType::IQ3_S:
      return {linear_decoded_type<DType::IQ3_S>, ActivationFormat::F32};
    case DType::IQ1_S:
      return {linear_decoded_type<DType::IQ1_S>, ActivationFormat::F32};
    case DType::IQ1_M:
      return {linear_decoded_type<DType::IQ1_M>, ActivationFormat::F32};
    case DType::TQ1_0:
      return {linear_decoded_type<DType::TQ1_0>, ActivationFormat::F32};
    case DType::TQ2_0:
      return {linear_decoded_type<DType::TQ2_0>, ActivationFormat::F32};
    case DType::NVFP4:
      return {linear_decoded_type<DType::NVFP4>, ActivationFormat::F32};
    case DType::Q1_0:
      return {linear_decoded_type<DType::Q1_0>, ActivationFormat::F32};
    case DType::Q2_0:
      return {linear_decoded_type<DType::Q2_0>, ActivationFormat::F32};
    case DType::I8:
      return {linear_decoded_type<DType::I8>, ActivationFormat::F32};
    case DType::I16:
      return {linear_decoded_type<DType::I16>, ActivationFormat::F32};
    case DType::I32:
      return {linear_decoded_type<DType::I32>, ActivationFormat::F32};
    case DType::I64:
      return {linear_decoded_type<DType::I64>, ActivationFormat::F32};
    case DType::F64:
      return {linear_decoded_type<DType::F64>, ActivationFormat::F32};
    default:
      return {};
  }
}

}  // namespace bantam::kernels::scalar
