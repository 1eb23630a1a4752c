#include "kernels/cpu/avx2/kernels.h"
#include "kernels/cpu/avx2/lanes.h"
#include "kernels/cpu/vector/attention_math.h"
#include "kernels/cpu/x86/decode_codes.h"

namespace bantam::kernels {

void avx2::attention(const AttentionTask& task) {
  attend<LanesMath<decode_codes<Q8_0Format>, decode_codes<Q4_0Format>>>(task);
}

}  // namespace bantam::kernels
