// What processors with AVX-512's bfloat16 products do better than the rest of that level.
#pragma once

#include "kernels/kernel_table.h"

namespace bantam::kernels::avx512bf16 {

double probe_bf16(std::int64_t iterations);

}  // namespace bantam::kernels::avx512bf16
