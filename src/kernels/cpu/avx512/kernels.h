// The AVX-512 kernels (F, BW, DQ, VL, VNNI); what is missing here stays as AVX2 has it.
#pragma once

#include "kernels/cpu/avx512/intrinsics.h"
#include "kernels/kernel_table.h"

namespace bantam::kernels::BANTAM_AVX512 {

void linear_f32(const LinearTask& task);
void linear_f16(const LinearTask& task);
void linear_bf16(const LinearTask& task);
void exact_bf16(const LinearTask& task);  // activations not rounded

void linear_q8_0(const LinearTask& task);
void linear_q4_0(const LinearTask& task);
void linear_q4_1(const LinearTask& task);
void linear_q5_0(const LinearTask& task);
void linear_q5_1(const LinearTask& task);
void linear_iq4_nl(const LinearTask& task);
void linear_mxfp4(const LinearTask& task);

void linear_q2_k(const LinearTask& task);
void linear_q3_k(const LinearTask& task);
void linear_q4_k(const LinearTask& task);
void linear_q5_k(const LinearTask& task);
void linear_q6_k(const LinearTask& task);
void linear_iq4_xs(const LinearTask& task);

// Of matrices in panels (kernels/panels.h).
void panels_f32(const LinearTask& task);
void panels_f16(const LinearTask& task);
void panels_bf16(const LinearTask& task);
void panels_q8_0(const LinearTask& task);
void panels_q4_0(const LinearTask& task);
void panels_q4_1(const LinearTask& task);
void panels_q5_0(const LinearTask& task);
void panels_q5_1(const LinearTask& task);
void panels_iq4_nl(const LinearTask& task);
void panels_mxfp4(const LinearTask& task);
void panels_q2_k(const LinearTask& task);
void panels_q3_k(const LinearTask& task);
void panels_q4_k(const LinearTask& task);
void panels_q5_k(const LinearTask& task);
void panels_q6_k(const LinearTask& task);
void panels_iq4_xs(const LinearTask& task);

// The kernels of types that are decoded first, set in the table.
void register_decoded(KernelTable& table);

void decode_f16(const std::byte* blocks, float* values, std::int64_t count);
void decode_bf16(const std::byte* blocks, float* values, std::int64_t count);

void attention(const AttentionTask& task);

void rms_norm(const float* x, const float* weight, float epsilon, std::int64_t count, float* out);
void layer_norm(const float* x, const float* weight, const float* bias, float epsilon,
                std::int64_t count, float* out);
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

}  // namespace bantam::kernels::BANTAM_AVX512
