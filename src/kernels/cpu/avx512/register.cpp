#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/levels.h"

namespace bantam::kernels {
namespace {

void set(KernelTable& table, DType type, LinearFunction rows, LinearFunction panels,
         ActivationFormat format) {
  table.linear[static_cast<std::uint32_t>(type)] = {rows, format, panels};
}

void set_decode(KernelTable& table, DType type,
                void (*decode)(const std::byte*, float*, std::int64_t)) {
  table.decode[static_cast<std::uint32_t>(type)] = decode;
}

}  // namespace

void BANTAM_AVX512::register_kernels(KernelTable& table) {
  using enum ActivationFormat;
  register_decoded(table);
  set(table, DType::F32, linear_f32, panels_f32, F32);
  set(table, DType::F16, linear_f16, panels_f16, F32);
  set(table, DType::BF16, linear_bf16, panels_bf16, BF16);
  table.exact_bf16 = {exact_bf16, F32};
  set(table, DType::Q8_0, linear_q8_0, panels_q8_0, Q8x32);
  set(table, DType::Q4_0, linear_q4_0, panels_q4_0, Q8x32);
  set(table, DType::Q4_1, linear_q4_1, panels_q4_1, Q8x32);
  set(table, DType::Q5_0, linear_q5_0, panels_q5_0, Q8x32);
  set(table, DType::Q5_1, linear_q5_1, panels_q5_1, Q8x32);
  set(table, DType::IQ4_NL, linear_iq4_nl, panels_iq4_nl, Q8x32);
  set(table, DType::MXFP4, linear_mxfp4, panels_mxfp4, Q8x32);
  set(table, DType::Q2_K, linear_q2_k, panels_q2_k, Q8x256);
  set(table, DType::Q3_K, linear_q3_k, panels_q3_k, Q8x256);
  set(table, DType::Q4_K, linear_q4_k, panels_q4_k, Q8x256);
  set(table, DType::Q5_K, linear_q5_k, panels_q5_k, Q8x256);
  set(table, DType::Q6_K, linear_q6_k, panels_q6_k, Q8x256);
  set(table, DType::IQ4_XS, linear_iq4_xs, panels_iq4_xs, Q8x256);
  set_decode(table, DType::F16, decode_f16);
  set_decode(table, DType::BF16, decode_bf16);
  table.attention = attention;
  table.rms_norm = rms_norm;
  table.layer_norm = layer_norm;
  table.rope_halves = rope_halves;
  register_activation_functions(table);
  table.gate_clamped = gate_clamped;
  table.softcap = softcap;
  table.scale = scale;
  table.add = add;
  table.add_scaled = add_scaled;
  table.multiply = multiply;
  table.probes = {probe_f32, probe_int8, probe_read};
}

}  // namespace bantam::kernels
