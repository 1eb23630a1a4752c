#include "kernels/cpu/levels.h"
#include "kernels/cpu/reference_decode.h"
#include "kernels/cpu/scalar/kernels.h"
#include "tensor/quant_format.h"

namespace bantam::kernels {
namespace {

void set(KernelTable& table, DType type, void (*run)(const LinearTask&), ActivationFormat format) {
  table.linear[static_cast<std::uint32_t>(type)] = {run, format};
}

}  // namespace

void scalar::register_kernels(KernelTable& table) {
  for (const QuantFormat& format : quant_formats()) {
    const auto index = static_cast<std::uint32_t>(format.type);
    if (index >= kWeightTypeCount) continue;
    table.decode[index] = format.decode;
    table.linear[index] = linear_decoded(format.type);
  }
  using enum ActivationFormat;
  set(table, DType::F32, linear_f32, F32);
  set(table, DType::F16, linear_f16, F32);
  set(table, DType::BF16, linear_bf16, BF16);
  table.exact_bf16 = {exact_bf16, F32};
  set(table, DType::Q8_0, linear_q8_0, Q8x32);
  set(table, DType::Q4_0, linear_q4_0, Q8x32);
  set(table, DType::Q4_1, linear_q4_1, Q8x32);
  set(table, DType::Q5_0, linear_q5_0, Q8x32);
  set(table, DType::Q5_1, linear_q5_1, Q8x32);
  set(table, DType::IQ4_NL, linear_iq4_nl, Q8x32);
  set(table, DType::MXFP4, linear_mxfp4, Q8x32);
  set(table, DType::Q2_K, linear_q2_k, Q8x256);
  set(table, DType::Q3_K, linear_q3_k, Q8x256);
  set(table, DType::Q4_K, linear_q4_k, Q8x256);
  set(table, DType::Q5_K, linear_q5_k, Q8x256);
  set(table, DType::Q6_K, linear_q6_k, Q8x256);
  set(table, DType::IQ4_XS, linear_iq4_xs, Q8x256);
  table.quantize_q8x32 = quantize_q8x32;
  table.round_bf16 = round_bf16;
  table.quantize_q8x256 = quantize_q8x256;
  table.attention = attention;
  table.rms_norm = rms_norm;
  table.layer_norm = layer_norm;
  table.rope_pairs = rope_pairs;
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
