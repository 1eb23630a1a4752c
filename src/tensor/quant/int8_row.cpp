#include "tensor/quant/int8_row.h"

#include "tensor/quant/block_loop.h"

namespace bantam {

void decode_int8_row(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockInt8Row, 64>(blocks, values, count, [](const BlockInt8Row& block, float* out) {
    for (int i = 0; i < 64; ++i) {
      const float scaled = static_cast<float>(block.codes[i]) * block.peak;
      out[i] = scaled * kInt8RowStep;
    }
  });
}

}  // namespace bantam
