#include "kernels/cpu/neon/decode_codes.h"
#include "kernels/cpu/neon/kernels.h"
#include "kernels/cpu/neon/lanes.h"
#include "kernels/cpu/vector/attention_math.h"

namespace bantam::kernels {

void neon::attention(const AttentionTask& task) {
  attend<LanesMath<decode_codes<Q8_0Format>, decode_codes<Q4_0Format>>>(task);
}

}  // namespace bantam::kernels
