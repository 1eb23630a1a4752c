// Element and block types of stored tensors. Plain data: kernels include this.
#pragma once

#include <cstdint>

namespace bantam {

// Values below 100 are GGUF's type ids. Those from 100 are layouts of our own, which only memory
// holds: what quantized tensors of Hugging Face folders become. Those from 1000 are safetensors
// types that GGUF does not have.
enum class DType : std::uint32_t {
  F32 = 0,
  F16 = 1,
  Q4_0 = 2,
  Q4_1 = 3,
  Q5_0 = 6,
  Q5_1 = 7,
  Q8_0 = 8,
  Q8_1 = 9,
  Q2_K = 10,
  Q3_K = 11,
  Q4_K = 12,
  Q5_K = 13,
  Q6_K = 14,
  Q8_K = 15,
  IQ2_XXS = 16,
  IQ2_XS = 17,
  IQ3_XXS = 18,
  IQ1_S = 19,
  IQ4_NL = 20,
  IQ3_S = 21,
  IQ2_S = 22,
  IQ4_XS = 23,
  I8 = 24,
  I16 = 25,
  I32 = 26,
  I64 = 27,
  F64 = 28,
  IQ1_M = 29,
  BF16 = 30,
  TQ1_0 = 34,
  TQ2_0 = 35,
  MXFP4 = 39,
  NVFP4 = 40,
  Q1_0 = 41,
  Q2_0 = 42,
  INT2_G32 = 100,
  INT2_G128 = 101,
  INT3_G32 = 102,
  INT3_G128 = 103,
  INT4_G32 = 104,
  INT4_G128 = 105,
  INT8_G32 = 106,
  INT8_G128 = 107,
  INT8_ROW = 108,
  NF4 = 109,
  FP4 = 110,
  FP4_E4M3 = 111,
  FP8_E4M3 = 112,
  FP8_E5M2 = 113,
  FP4_E8M0 = 114,
  Bool = 1000,
  U8 = 1001,
  U16 = 1002,
  U32 = 1003,
  U64 = 1004,
  F8_E4M3 = 1005,
  F8_E5M2 = 1006,
};

// One past the largest GGUF id, and one past the largest id of a weight type: the size of tables
// indexed by weight type.
inline constexpr std::uint32_t kGgufTypeCount = 43;
inline constexpr std::uint32_t kWeightTypeCount = 115;

// Whether a type is a layout of our own, which no file has.
constexpr bool is_memory_type(DType type) {
  const auto id = static_cast<std::uint32_t>(type);
  return id >= 100 && id < kWeightTypeCount;
}

}  // namespace bantam
