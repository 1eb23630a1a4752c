#include "kernels/cpu/levels.h"
#include "kernels/cpu/neon/kernels.h"

namespace bantam::kernels {
namespace {

void set(KernelTable& table, DType type, LinearFunction rows, LinearFunction panels,
         ActivationFormat format = ActivationFormat::F32) {
  table.linear[static_cast<std::uint32_t>(type)] = {rows, format, panels};
}

void set_decode(KernelTable& table, DType type,
                void (*decode)(const std::byte*, float*, std::int64_t)) {
  table.decode[static_cast<std::uint32_t>(type)] = decode;
}

}  // namespace

void neon::register_kernels(KernelTable& table) {
  register_decoded(table);
  register_integer_linear(table);
  set(table, DType::F32, linear_f32, panels_f32);
  set(table, DType::F16, linear_f16, panels_f16);
  set(table, DType::BF16, linear_bf16, panels_bf16, ActivationFormat::BF16);
  table.exact_bf16 = {exact_bf16, ActivationFormat::F32};
  set_decode(table, DType::F16, decode_f16);
  set_decode(table, DType::BF16, decode_bf16);
  set_decode(table, DType::Q8_0, decode_q8_0);
  set_decode(table, DType::Q4_0, decode_q4_0);
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
