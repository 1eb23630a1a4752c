// The AVX-VNNI kernels (AVX2 with the dot products of VNNI in 256 bits): products with integers;
// the rest stays as AVX2 has it.
#pragma once

#include "kernels/cpu/avxvnni/intrinsics.h"
#include "kernels/kernel_table.h"

namespace bantam::kernels::BANTAM_AVXVNNI {

void linear_q8_0(const LinearTask& task);
void linear_q4_0(const LinearTask& task);
void linear_q4_1(const LinearTask& task);
void linear_q5_0(const LinearTask& task);
void linear_q5_1(const LinearTask& task);
void linear_iq4_nl(const LinearTask& task);
void linear_mxfp4(const LinearTask& task);
void linear_q4_k(const LinearTask& task);
void linear_q5_k(const LinearTask& task);
void linear_iq4_xs(const LinearTask& task);

// Of matrices in panels (kernels/panels.h).
void panels_q8_0(const LinearTask& task);
void panels_q4_0(const LinearTask& task);
void panels_q4_1(const LinearTask& task);
void panels_q5_0(const LinearTask& task);
void panels_q5_1(const LinearTask& task);
void panels_iq4_nl(const LinearTask& task);
void panels_mxfp4(const LinearTask& task);
void panels_q4_k(const LinearTask& task);
void panels_q5_k(const LinearTask& task);
void panels_iq4_xs(const LinearTask& task);

double probe_int8(std::int64_t iterations);

}  // namespace bantam::kernels::BANTAM_AVXVNNI
