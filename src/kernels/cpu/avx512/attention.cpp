#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/lanes.h"
#include "kernels/cpu/x86/attention_math.h"

namespace bantam::kernels {

void BANTAM_AVX512::attention(const AttentionTask& task) { attend<LanesMath>(task); }

}  // namespace bantam::kernels
