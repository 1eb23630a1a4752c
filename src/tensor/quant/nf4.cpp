#include "tensor/quant/nf4.h"

#include "tensor/quant/block_loop.h"

namespace bantam {
namespace {

void decode_levels(const std::byte* blocks, const float* levels, float* values,
                   std::int64_t count) {
  decode_blocks<BlockNF4, 64>(blocks, values, count, [levels](const BlockNF4& block, float* out) {
    for (int half = 0; half < 2; ++half) {
      for (int j = 0; j < 16; ++j) {
        const std::uint8_t codes = block.codes[16 * half + j];
        out[32 * half + j] = levels[codes & 15] * block.peak;
        out[32 * half + 16 + j] = levels[codes >> 4] * block.peak;
      }
    }
  });
}

}  // namespace

void decode_nf4(const std::byte* blocks, float* values, std::int64_t count) {
  decode_levels(blocks, kNF4Levels, values, count);
}

void decode_fp4(const std::byte* blocks, float* values, std::int64_t count) {
  decode_levels(blocks, kFP4Levels, values, count);
}

}  // namespace bantam
