// The reference decoders of tensor/quant, for kernels that have none of their own. Plain functions,
// so that objects of any instruction set may call them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace bantam::kernels {

using DecodeFunction = void (*)(const std::byte* blocks, float* values, std::int64_t count);

// The reference decoder of a type of the QuantFormat table.
DecodeFunction reference_decode(DType type);

// Bytes of `count` values, a multiple of the type's block size.
std::int64_t stored_bytes(DType type, std::int64_t count);

}  // namespace bantam::kernels
