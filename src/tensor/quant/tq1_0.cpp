#include "tensor/quant/tq1_0.h"

#include "tensor/quant/block_loop.h"

namespace bantam {

namespace {

// Trit `n` of a byte: 0, 1 or 2.
int trit(std::uint8_t byte, int n) {
  constexpr int kPowersOf3[5] = {1, 3, 9, 27, 81};
  return (byte * kPowersOf3[n] & 255) * 3 >> 8;
}

}  // namespace

void decode_tq1_0(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockTQ1_0, 256>(blocks, values, count, [](const BlockTQ1_0& block, float* out) {
    const float scale = to_float(block.scale);
    for (int n = 0; n < 5; ++n) {
      for (int j = 0; j < 32; ++j) {
        out[32 * n + j] = static_cast<float>(trit(block.trits[j], n) - 1) * scale;
      }
      for (int j = 0; j < 16; ++j) {
        out[160 + 16 * n + j] = static_cast<float>(trit(block.trits[32 + j], n) - 1) * scale;
      }
    }
    for (int n = 0; n < 4; ++n) {
      for (int j = 0; j < 4; ++j) {
        out[240 + 4 * n + j] = static_cast<float>(trit(block.last_trits[j], n) - 1) * scale;
      }
    }
  });
}

}  // namespace bantam
