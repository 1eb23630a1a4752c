#include "tensor/quant/plain.h"

#include <cstring>

#include "tensor/half.h"
#include "tensor/quant/block_loop.h"

namespace bantam {
namespace {

template <typename Stored>
void decode_numbers(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<Stored, 1>(blocks, values, count, [](const Stored& stored, float* out) {
    *out = static_cast<float>(stored);
  });
}

}  // namespace

void decode_f64(const std::byte* blocks, float* values, std::int64_t count) {
  decode_numbers<double>(blocks, values, count);
}

void decode_f32(const std::byte* blocks, float* values, std::int64_t count) {
  if (count > 0) std::memcpy(values, blocks, static_cast<std::size_t>(count) * sizeof(float));
}

void decode_f16(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<Half, 1>(blocks, values, count,
                         [](const Half& stored, float* out) { *out = to_float(stored); });
}

void decode_bf16(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BFloat16, 1>(blocks, values, count,
                             [](const BFloat16& stored, float* out) { *out = to_float(stored); });
}

void decode_i8(const std::byte* blocks, float* values, std::int64_t count) {
  decode_numbers<std::int8_t>(blocks, values, count);
}

void decode_i16(const std::byte* blocks, float* values, std::int64_t count) {
  decode_numbers<std::int16_t>(blocks, values, count);
}

void decode_i32(const std::byte* blocks, float* values, std::int64_t count) {
  decode_numbers<std::int32_t>(blocks, values, count);
}

void decode_i64(const std::byte* blocks, float* values, std::int64_t count) {
  decode_numbers<std::int64_t>(blocks, values, count);
}

void encode_f32(const float* values, std::byte* blocks, std::int64_t count) {
  if (count > 0) std::memcpy(blocks, values, static_cast<std::size_t>(count) * sizeof(float));
}

void encode_f16(const float* values, std::byte* blocks, std::int64_t count) {
  encode_blocks<Half, 1>(values, blocks, count, [](const float* in) { return to_half(*in); });
}

void encode_bf16(const float* values, std::byte* blocks, std::int64_t count) {
  encode_blocks<BFloat16, 1>(values, blocks, count,
                             [](const float* in) { return to_bfloat16(*in); });
}

}  // namespace bantam
