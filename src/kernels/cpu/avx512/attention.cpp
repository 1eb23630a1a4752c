#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/lanes.h"
#include "kernels/cpu/vector/attention_math.h"
#include "kernels/cpu/x86/decode_codes.h"

namespace bantam::kernels {

void BANTAM_AVX512::attention(const AttentionTask& task) {
  attend<LanesMath<decode_codes<Q8_0Format>, decode_codes<Q4_0Format>>>(task);
}

}  // namespace bantam::kernels
