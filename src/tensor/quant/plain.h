// The types that are stored value by value: floats of 16 to 64 bits and integers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bantam {

// The functions of their rows in the format table. Values round to the nearest float, ties to even;
// a double beyond the range of float becomes infinity.
void decode_f64(const std::byte* blocks, float* values, std::int64_t count);
void decode_f32(const std::byte* blocks, float* values, std::int64_t count);
void decode_f16(const std::byte* blocks, float* values, std::int64_t count);
void decode_bf16(const std::byte* blocks, float* values, std::int64_t count);
void decode_i8(const std::byte* blocks, float* values, std::int64_t count);
void decode_i16(const std::byte* blocks, float* values, std::int64_t count);
void decode_i32(const std::byte* blocks, float* values, std::int64_t count);
void decode_i64(const std::byte* blocks, float* values, std::int64_t count);

void encode_f32(const float* values, std::byte* blocks, std::int64_t count);
void encode_f16(const float* values, std::byte* blocks, std::int64_t count);
void encode_bf16(const float* values, std::byte* blocks, std::int64_t count);

}  // namespace bantam
