// Formats with blocks of 32.
#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/outputs.h"
#include "kernels/cpu/avx512/word_dot.h"
#include "kernels/cpu/x86/vnni_q8x32_linear.h"

namespace bantam::kernels {

void BANTAM_AVX512::linear_q8_0(const LinearTask& task) { linear_rows<Q8_0Format>(task); }
void BANTAM_AVX512::linear_q4_0(const LinearTask& task) { linear_rows<Q4_0Format>(task); }
void BANTAM_AVX512::linear_q4_1(const LinearTask& task) { linear_rows<Q4_1Format>(task); }
void BANTAM_AVX512::linear_q5_0(const LinearTask& task) { linear_rows<Q5_0Format>(task); }
void BANTAM_AVX512::linear_q5_1(const LinearTask& task) { linear_rows<Q5_1Format>(task); }
void BANTAM_AVX512::linear_iq4_nl(const LinearTask& task) { linear_rows<IQ4_NLFormat>(task); }
void BANTAM_AVX512::linear_mxfp4(const LinearTask& task) { linear_rows<MXFP4Format>(task); }

void BANTAM_AVX512::panels_q8_0(const LinearTask& task) { linear_panels<Q8_0Panel>(task); }
void BANTAM_AVX512::panels_q4_0(const LinearTask& task) { linear_panels<Q4_0Panel>(task); }
void BANTAM_AVX512::panels_q4_1(const LinearTask& task) { linear_panels<Q4_1Panel>(task); }
void BANTAM_AVX512::panels_q5_0(const LinearTask& task) { linear_panels<Q5_0Panel>(task); }
void BANTAM_AVX512::panels_q5_1(const LinearTask& task) { linear_panels<Q5_1Panel>(task); }
void BANTAM_AVX512::panels_iq4_nl(const LinearTask& task) { linear_panels<IQ4_NLPanel>(task); }
void BANTAM_AVX512::panels_mxfp4(const LinearTask& task) { linear_panels<MXFP4Panel>(task); }

}  // namespace bantam::kernels
