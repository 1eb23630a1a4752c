// Formats with blocks of 256 in groups of 32. Those with groups of 16 are no faster than with AVX2,
// whose pairs take the group scale while they are widened.
#include "kernels/cpu/avx2/outputs.h"
#include "kernels/cpu/avxvnni/kernels.h"
#include "kernels/cpu/avxvnni/word_dot.h"
#include "kernels/cpu/x86/vnni_q8x256_linear.h"

namespace bantam::kernels {

void BANTAM_AVXVNNI::linear_q4_k(const LinearTask& task) { linear_rows<Q4_KFormat>(task); }
void BANTAM_AVXVNNI::linear_q5_k(const LinearTask& task) { linear_rows<Q5_KFormat>(task); }
void BANTAM_AVXVNNI::linear_iq4_xs(const LinearTask& task) { linear_rows<IQ4_XSFormat>(task); }

void BANTAM_AVXVNNI::panels_q4_k(const LinearTask& task) { linear_panels<Q4_KPanel>(task); }
void BANTAM_AVXVNNI::panels_q5_k(const LinearTask& task) { linear_panels<Q5_KPanel>(task); }
void BANTAM_AVXVNNI::panels_iq4_xs(const LinearTask& task) { linear_panels<IQ4_XSPanel>(task); }

}  // namespace bantam::kernels
