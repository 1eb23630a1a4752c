#include "tensor/quant/int_group.h"

#include "tensor/quant/block_loop.h"

namespace bantam {

template <int kBits, int kCount>
void decode_int_group(const std::byte* blocks, float* values, std::int64_t count) {
  using Block = BlockIntGroup<kBits, kCount>;
  decode_blocks<Block, kCount>(blocks, values, count, [](const Block& block, float* out) {
    const float scale = bits_to_float(load_u32(block.scale));
    for (int part = 0; part < kCount / 32; ++part) {
      std::uint8_t codes[32];
      unpack_int_group_codes<kBits>(block.codes + part * Block::kBytes32, codes);
      for (int i = 0; i < 32; ++i) {
        out[32 * part + i] = static_cast<float>(codes[i] - block.zero) * scale;
      }
    }
  });
}

template void decode_int_group<2, 32>(const std::byte*, float*, std::int64_t);
template void decode_int_group<2, 128>(const std::byte*, float*, std::int64_t);
template void decode_int_group<3, 32>(const std::byte*, float*, std::int64_t);
template void decode_int_group<3, 128>(const std::byte*, float*, std::int64_t);
template void decode_int_group<4, 32>(const std::byte*, float*, std::int64_t);
template void decode_int_group<4, 128>(const std::byte*, float*, std::int64_t);
template void decode_int_group<8, 32>(const std::byte*, float*, std::int64_t);
template void decode_int_group<8, 128>(const std::byte*, float*, std::int64_t);

}  // namespace bantam
