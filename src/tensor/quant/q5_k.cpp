#include "tensor/quant/q5_k.h"

#include "tensor/quant/block_loop.h"
#include "tensor/quant/group_scales_6_bit.h"

namespace bantam {

void decode_q5_k(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockQ5_K, 256>(blocks, values, count, [](const BlockQ5_K& block, float* out) {
    const float scale = to_float(block.scale);
    const float min_scale = to_float(block.min_scale);
    for (int group = 0; group < 8; ++group) {
      const GroupScale packed = unpack_group_scale(block.group_scales, group);
      const float group_scale = scale * static_cast<float>(packed.scale);
      const float group_min = min_scale * static_cast<float>(packed.min);
      for (int i = 32 * group; i < 32 * group + 32; ++i) {
        const int nibble = block.codes[i / 64 * 32 + i % 32] >> (group % 2 * 4) & 15;
        const int fifth_bit = block.fifth_bits[i % 32] >> group & 1;
        out[i] = group_scale * static_cast<float>(nibble | fifth_bit << 4) - group_min;
      }
    }
  });
}

}  // namespace bantam
