#include "tensor/quant/q3_k.h"

#include "tensor/quant/block_loop.h"

namespace bantam {

namespace {

// 0 to 63.
int group_scale(const BlockQ3_K& block, int group) {
  const std::uint8_t* packed = block.group_scales;
  const int low = group < 8 ? packed[group] & 15 : packed[group - 8] >> 4;
  const int high = packed[8 + group % 4] >> (group / 4 * 2) & 3;
  return low | high << 4;
}

}  // namespace

void decode_q3_k(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockQ3_K, 256>(blocks, values, count, [](const BlockQ3_K& block, float* out) {
    const float scale = to_float(block.scale);
    for (int group = 0; group < 16; ++group) {
      const float factor = scale * static_cast<float>(group_scale(block, group) - 32);
      for (int i = 16 * group; i < 16 * group + 16; ++i) {
        const int low = block.codes[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
        const int third_bit = block.third_bits[i % 32] >> (i / 32) & 1;
        out[i] = factor * static_cast<float>((low | third_bit << 2) - 4);
      }
    }
  });
}

}  // namespace bantam
