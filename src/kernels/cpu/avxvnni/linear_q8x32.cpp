// Formats with blocks of 32.
#include "kernels/cpu/avx2/outputs.h"
#include "kernels/cpu/avxvnni/kernels.h"
#include "kernels/cpu/avxvnni/word_dot.h"
#include "kernels/cpu/x86/vnni_q8x32_linear.h"

namespace bantam::kernels {

void BANTAM_AVXVNNI::linear_q8_0(const LinearTask& task) { linear_rows<Q8_0Format>(task); }
void BANTAM_AVXVNNI::linear_q4_0(const LinearTask& task) { linear_rows<Q4_0Format>(task); }
void BANTAM_AVXVNNI::linear_q4_1(const LinearTask& task) { linear_rows<Q4_1Format>(task); }
void BANTAM_AVXVNNI::linear_q5_0(const LinearTask& task) { linear_rows<Q5_0Format>(task); }
void BANTAM_AVXVNNI::linear_q5_1(const LinearTask& task) { linear_rows<Q5_1Format>(task); }
void BANTAM_AVXVNNI::linear_iq4_nl(const LinearTask& task) { linear_rows<IQ4_NLFormat>(task); }
void BANTAM_AVXVNNI::linear_mxfp4(const LinearTask& task) { linear_rows<MXFP4Format>(task); }

void BANTAM_AVXVNNI::panels_q8_0(const LinearTask& task) { linear_panels<Q8_0Panel>(task); }
void BANTAM_AVXVNNI::panels_q4_0(const LinearTask& task) { linear_panels<Q4_0Panel>(task); }
void BANTAM_AVXVNNI::panels_q4_1(const LinearTask& task) { linear_panels<Q4_1Panel>(task); }
void BANTAM_AVXVNNI::panels_q5_0(const LinearTask& task) { linear_panels<Q5_0Panel>(task); }
void BANTAM_AVXVNNI::panels_q5_1(const LinearTask& task) { linear_panels<Q5_1Panel>(task); }
void BANTAM_AVXVNNI::panels_iq4_nl(const LinearTask& task) { linear_panels<IQ4_NLPanel>(task); }
void BANTAM_AVXVNNI::panels_mxfp4(const LinearTask& task) { linear_panels<MXFP4Panel>(task); }

}  // namespace bantam::kernels
