#include "tensor/quant_format.h"

#include <algorithm>

#include "base/check.h"
#include "tensor/quant/fp4_e4m3.h"
#include "tensor/quant/fp8.h"
#include "tensor/quant/int8_row.h"
#include "tensor/quant/int_group.h"
#include "tensor/quant/iq1_m.h"
#include "tensor/quant/iq1_s.h"
#include "tensor/quant/iq2_s.h"
#include "tensor/quant/iq2_xs.h"
#include "tensor/quant/iq2_xxs.h"
#include "tensor/quant/iq3_s.h"
#include "tensor/quant/iq3_xxs.h"
#include "tensor/quant/iq4_nl.h"
#include "tensor/quant/iq4_xs.h"
#include "tensor/quant/mxfp4.h"
#include "tensor/quant/nf4.h"
#include "tensor/quant/nvfp4.h"
#include "tensor/quant/plain.h"
#include "tensor/quant/q1_0.h"
#include "tensor/quant/q2_0.h"
#include "tensor/quant/q2_k.h"
#include "tensor/quant/q3_k.h"
#include "tensor/quant/q4_0.h"
#include "tensor/quant/q4_1.h"
#include "tensor/quant/q4_k.h"
#include "tensor/quant/q5_0.h"
#include "tensor/quant/q5_1.h"
#include "tensor/quant/q5_k.h"
#include "tensor/quant/q6_k.h"
#include "tensor/quant/q8_0.h"
#include "tensor/quant/q8_1.h"
#include "tensor/quant/q8_k.h"
#include "tensor/quant/tq1_0.h"
#include "tensor/quant/tq2_0.h"

namespace bantam {
namespace {

constexpr QuantFormat kFormats[] = {
    {DType::F32, "f32", 1, 4, decode_f32, encode_f32},
    {DType::F16, "f16", 1, 2, decode_f16, encode_f16},
    {DType::Q4_0, "q4_0", 32, sizeof(BlockQ4_0), decode_q4_0, encode_q4_0},
    {DType::Q4_1, "q4_1", 32, sizeof(BlockQ4_1), decode_q4_1, encode_q4_1},
    {DType::Q5_0, "q5_0", 32, sizeof(BlockQ5_0), decode_q5_0, encode_q5_0},
    {DType::Q5_1, "q5_1", 32, sizeof(BlockQ5_1), decode_q5_1, encode_q5_1},
    {DType::Q8_0, "q8_0", 32, sizeof(BlockQ8_0), decode_q8_0, encode_q8_0},
    {DType::Q8_1, "q8_1", 32, sizeof(BlockQ8_1), decode_q8_1, nullptr},
    {DType::Q2_K, "q2_k", 256, sizeof(BlockQ2_K), decode_q2_k, nullptr},
    {DType::Q3_K, "q3_k", 256, sizeof(BlockQ3_K), decode_q3_k, nullptr},
    {DType::Q4_K, "q4_k", 256, sizeof(BlockQ4_K), decode_q4_k, nullptr},
    {DType::Q5_K, "q5_k", 256, sizeof(BlockQ5_K), decode_q5_k, nullptr},
    {DType::Q6_K, "q6_k", 256, sizeof(BlockQ6_K), decode_q6_k, nullptr},
    {DType::Q8_K, "q8_k", 256, sizeof(BlockQ8_K), decode_q8_k, nullptr},
    {DType::IQ2_XXS, "iq2_xxs", 256, sizeof(BlockIQ2_XXS), decode_iq2_xxs, nullptr},
    {DType::IQ2_XS, "iq2_xs", 256, sizeof(BlockIQ2_XS), decode_iq2_xs, nullptr},
    {DType::IQ3_XXS, "iq3_xxs", 256, sizeof(BlockIQ3_XXS), decode_iq3_xxs, nullptr},
    {DType::IQ1_S, "iq1_s", 256, sizeof(BlockIQ1_S), decode_iq1_s, nullptr},
    {DType::IQ4_NL, "iq4_nl", 32, sizeof(BlockIQ4_NL), decode_iq4_nl, nullptr},
    {DType::IQ3_S, "iq3_s", 256, sizeof(BlockIQ3_S), decode_iq3_s, nullptr},
    {DType::IQ2_S, "iq2_s", 256, sizeof(BlockIQ2_S), decode_iq2_s, nullptr},
    {DType::IQ4_XS, "iq4_xs", 256, sizeof(BlockIQ4_XS), decode_iq4_xs, nullptr},
    {DType::I8, "i8", 1, 1, decode_i8, nullptr},
    {DType::I16, "i16", 1, 2, decode_i16, nullptr},
    {DType::I32, "i32", 1, 4, decode_i32, nullptr},
    {DType::I64, "i64", 1, 8, decode_i64, nullptr},
    {DType::F64, "f64", 1, 8, decode_f64, nullptr},
    {DType::IQ1_M, "iq1_m", 256, sizeof(BlockIQ1_M), decode_iq1_m, nullptr},
    {DType::BF16, "bf16", 1, 2, decode_bf16, encode_bf16},
    {DType::TQ1_0, "tq1_0", 256, sizeof(BlockTQ1_0), decode_tq1_0, nullptr},
    {DType::TQ2_0, "tq2_0", 256, sizeof(BlockTQ2_0), decode_tq2_0, nullptr},
    {DType::MXFP4, "mxfp4", 32, sizeof(BlockMXFP4), decode_mxfp4, nullptr},
    {DType::NVFP4, "nvfp4", 64, sizeof(BlockNVFP4), decode_nvfp4, nullptr},
    {DType::Q1_0, "q1_0", 128, sizeof(BlockQ1_0), decode_q1_0, nullptr},
    {DType::Q2_0, "q2_0", 64, sizeof(BlockQ2_0), decode_q2_0, nullptr},
    {DType::INT2_G32, "int2_g32", 32, sizeof(BlockIntGroup<2, 32>), decode_int_group<2, 32>,
     nullptr},
    {DType::INT2_G128, "int2_g128", 128, sizeof(BlockIntGroup<2, 128>), decode_int_group<2, 128>,
     nullptr},
    {DType::INT3_G32, "int3_g32", 32, sizeof(BlockIntGroup<3, 32>), decode_int_group<3, 32>,
     nullptr},
    {DType::INT3_G128, "int3_g128", 128, sizeof(BlockIntGroup<3, 128>), decode_int_group<3, 128>,
     nullptr},
    {DType::INT4_G32, "int4_g32", 32, sizeof(BlockIntGroup<4, 32>), decode_int_group<4, 32>,
     nullptr},
    {DType::INT4_G128, "int4_g128", 128, sizeof(BlockIntGroup<4, 128>), decode_int_group<4, 128>,
     nullptr},
    {DType::INT8_G32, "int8_g32", 32, sizeof(BlockIntGroup<8, 32>), decode_int_group<8, 32>,
     nullptr},
    {DType::INT8_G128, "int8_g128", 128, sizeof(BlockIntGroup<8, 128>), decode_int_group<8, 128>,
     nullptr},
    {DType::INT8_ROW, "int8_row", 64, sizeof(BlockInt8Row), decode_int8_row, nullptr},
    {DType::NF4, "nf4", 64, sizeof(BlockNF4), decode_nf4, nullptr},
    {DType::FP4, "fp4", 64, sizeof(BlockNF4), decode_fp4, nullptr},
    {DType::FP4_E4M3, "fp4_e4m3", 64, sizeof(BlockFP4_E4M3), decode_fp4_e4m3, nullptr},
    {DType::FP8_E4M3, "fp8_e4m3", 64, sizeof(BlockFP8), decode_fp8_e4m3, nullptr},
    {DType::FP8_E5M2, "fp8_e5m2", 64, sizeof(BlockFP8), decode_fp8_e5m2, nullptr},
    {DType::FP4_E8M0, "fp4_e8m0", 32, sizeof(BlockMXFP4), decode_mxfp4, nullptr},
};

constexpr bool by_type(const QuantFormat& row, DType type) { return row.type < type; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view lower_case, std::string_view any_case) {
  return std::equal(lower_case.begin(), lower_case.end(), any_case.begin(), any_case.end(),
                    [](char a, char b) { return a == lower(b); });
}

}  // namespace

std::span<const QuantFormat> quant_formats() { return kFormats; }

const QuantFormat* find_quant_format(DType type) {
  const QuantFormat* row =
      std::lower_bound(std::begin(kFormats), std::end(kFormats), type, by_type);
  return row != std::end(kFormats) && row->type == type ? row : nullptr;
}

const QuantFormat& quant_format(DType type) {
  const QuantFormat* row = find_quant_format(type);
  BANTAM_CHECK(row != nullptr, "a type without a row in the format table");
  return *row;
}

const QuantFormat* find_quant_format(std::string_view name) {
  for (const QuantFormat& row : kFormats) {
    if (same_name(row.name, name)) return &row;
  }
  return nullptr;
}

}  // namespace bantam
