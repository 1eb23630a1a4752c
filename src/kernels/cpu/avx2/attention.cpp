#include "kernels/cpu/avx2/kernels.h"
#include "kernels/cpu/avx2/lanes.h"
#include "kernels/cpu/x86/attention_math.h"

namespace bantam::kernels {

void avx2::attention(const AttentionTask& task) { attend<LanesMath>(task); }

}  // namespace bantam::kernels
