// What processors with AVX-512's bfloat16 products do better than the rest of that level.
#pragma once

#include "kernels/kernel_table.h"

namespace bantam::kernels::avx512bf16 {

void linear_bf16(const LinearTask& task);
void panels_bf16(const LinearTask& task);

double probe_bf16(std::int64_t iterations);

}  // namespace bantam::kernels::avx512bf16
