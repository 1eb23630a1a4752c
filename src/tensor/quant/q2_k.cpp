#include "tensor/quant/q2_k.h"

#include "tensor/quant/block_loop.h"

namespace bantam {

void decode_q2_k(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockQ2_K, 256>(blocks, values, count, [](const BlockQ2_K& block, float* out) {
    const float scale = to_float(block.scale);
    const float min_scale = to_float(block.min_scale);
    for (int group = 0; group < 16; ++group) {
      const float group_scale = scale * static_cast<float>(block.group_scales[group] & 15);
      const float group_min = min_scale * static_cast<float>(block.group_scales[group] >> 4);
      for (int i = 16 * group; i < 16 * group + 16; ++i) {
        const int code = block.codes[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
        out[i] = group_scale * static_cast<float>(code) - group_min;
      }
    }
  });
}

}  // namespace bantam
