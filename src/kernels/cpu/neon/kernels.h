// The NEON kernels: what every AArch64 processor has.
#pragma once

#include "kernels/kernel_table.h"

namespace bantam::kernels::neon {

void linear_f32(const LinearTask& task);
void linear_f16(const LinearTask& task);
void linear_bf16(const LinearTask& task);
void exact_bf16(const LinearTask& task);  // activations not rounded
void panels_f32(const LinearTask& task);
void panels_f16(const LinearTask& task);
void panels_bf16(const LinearTask& task);

// The kernels of types with integer arithmetic, set in the table; activations stay those of scalar.
void register_integer_linear(KernelTable& table);

// The kernels of types that are decoded first, set in the table.
void register_decoded(KernelTable& table);

void quantize_q8x32(const float* values, std::int64_t count, ActivationQ8x32* blocks);
void round_bf16(const float* values, std::int64_t count, std::uint16_t* rounded);
void quantize_q8x256(const float* values, std::int64_t count, ActivationQ8x256* blocks);

void decode_f16(const std::byte* blocks, float* values, std::int64_t count);
void decode_bf16(const std::byte* blocks, float* values, std::int64_t count);
void decode_q8_0(const std::byte* blocks, float* values, std::int64_t count);
void decode_q4_0(const std::byte* blocks, float* values, std::int64_t count);

void attention(const AttentionTask& task);

void rms_norm(const float* x, const float* weight, float epsilon, std::int64_t count, float* out);
void layer_norm(const float* x, const float* weight, const float* bias, float epsilon,
                std::int64_t count, float* out);
void rope_pairs(float* x, const float* cosines, const float* sines, std::int64_t count);
void rope_halves(float* x, const float* cosines, const float* sines, std::int64_t count);
void softcap(const float* x, float cap, std::int64_t count, float* out);
void scale(const float* x, float factor, std::int64_t count, float* out);
void add(const float* a, const float* b, std::int64_t count, float* out);
void add_scaled(const float* a, const float* b, float factor, std::int64_t count, float* out);
void multiply(const float* a, const float* b, std::int64_t count, float* out);

// `activate` and `gate` of the table.
void register_activation_functions(KernelTable& table);
void gate_clamped(const float* gates, const float* up, std::int64_t stride, float limit,
                  std::int64_t count, float* out);

double probe_f32(std::int64_t iterations);
double probe_int8(std::int64_t iterations);
std::uint64_t probe_read(const std::byte* memory, std::int64_t bytes);

}  // namespace bantam::kernels::neon
