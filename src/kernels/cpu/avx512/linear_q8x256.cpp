// Formats with blocks of 256.
#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/outputs.h"
#include "kernels/cpu/avx512/word_dot.h"
#include "kernels/cpu/x86/vnni_q8x256_linear.h"

namespace bantam::kernels {

void BANTAM_AVX512::linear_q2_k(const LinearTask& task) { linear_rows<Q2_KFormat>(task); }
void BANTAM_AVX512::linear_q3_k(const LinearTask& task) { linear_rows<Q3_KFormat>(task); }
void BANTAM_AVX512::linear_q4_k(const LinearTask& task) { linear_rows<Q4_KFormat>(task); }
void BANTAM_AVX512::linear_q5_k(const LinearTask& task) { linear_rows<Q5_KFormat>(task); }
void BANTAM_AVX512::linear_q6_k(const LinearTask& task) { linear_rows<Q6_KFormat>(task); }
void BANTAM_AVX512::linear_iq4_xs(const LinearTask& task) { linear_rows<IQ4_XSFormat>(task); }

void BANTAM_AVX512::panels_q2_k(const LinearTask& task) { linear_panels<Q2_KPanel>(task); }
void BANTAM_AVX512::panels_q3_k(const LinearTask& task) { linear_panels<Q3_KPanel>(task); }
void BANTAM_AVX512::panels_q4_k(const LinearTask& task) { linear_panels<Q4_KPanel>(task); }
void BANTAM_AVX512::panels_q5_k(const LinearTask& task) { linear_panels<Q5_KPanel>(task); }
void BANTAM_AVX512::panels_q6_k(const LinearTask& task) { linear_panels<Q6_KPanel>(task); }
void BANTAM_AVX512::panels_iq4_xs(const LinearTask& task) { linear_panels<IQ4_XSPanel>(task); }

}  // namespace bantam::kernels
