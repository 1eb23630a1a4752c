// Element types of safetensors files by name; internal to their reader and writer.
#pragma once

#include <string_view>

#include "tensor/dtype.h"

namespace bantam::formats {

struct SafetensorsType {
  std::string_view name;
  DType type;
};

// From the widest down, as the reference implementation lays tensors out so that all are aligned.
inline constexpr SafetensorsType kSafetensorsTypes[] = {
    {"U64", DType::U64},   {"I64", DType::I64},         {"F64", DType::F64},
    {"F32", DType::F32},   {"U32", DType::U32},         {"I32", DType::I32},
    {"BF16", DType::BF16}, {"F16", DType::F16},         {"U16", DType::U16},
    {"I16", DType::I16},   {"F8_E4M3", DType::F8_E4M3}, {"F8_E5M2", DType::F8_E5M2},
    {"I8", DType::I8},     {"U8", DType::U8},           {"BOOL", DType::Bool},
};

// Names that the format has and we do not read.
inline constexpr std::string_view kUnreadSafetensorsTypes[] = {
    "F4", "F6_E2M3", "F6_E3M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "C64",
};

}  // namespace bantam::formats
