// The weight types that have no kernel of their own and are decoded first.
#pragma once

#include "tensor/dtype.h"

namespace bantam::kernels {

constexpr DType kDecodedTypes[] = {
    DType::IQ2_XXS,   DType::IQ2_XS,   DType::IQ2_S,     DType::IQ3_XXS,   DType::IQ3_S,
    DType::IQ1_S,     DType::IQ1_M,    DType::TQ1_0,     DType::TQ2_0,     DType::NVFP4,
    DType::Q1_0,      DType::Q2_0,     DType::INT2_G32,  DType::INT2_G128, DType::INT3_G32,
    DType::INT3_G128, DType::INT4_G32, DType::INT4_G128, DType::INT8_G32,  DType::INT8_G128,
    DType::INT8_ROW,  DType::NF4,      DType::FP4,       DType::FP4_E4M3,  DType::FP8_E4M3,
    DType::FP8_E5M2,  DType::FP4_E8M0};
constexpr int kDecodedTypeCount = sizeof(kDecodedTypes) / sizeof(kDecodedTypes[0]);

}  // namespace bantam::kernels
