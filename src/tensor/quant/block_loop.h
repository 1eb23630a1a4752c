// The walk over the blocks of a row that all decoders and encoders share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace bantam {

// Calls decode_block(block, values of the block) for each block. The bytes need no alignment.
template <typename Block, std::int64_t kBlockSize, typename DecodeBlock>
void decode_blocks(const std::byte* blocks, float* values, std::int64_t count,
                   DecodeBlock decode_block) {
  for (std::int64_t begin = 0; begin < count; begin += kBlockSize) {
    Block block;
    std::memcpy(&block, blocks, sizeof block);
    decode_block(block, values + begin);
    blocks += sizeof block;
  }
}

// Stores encode_block(values of the block) for each block. The bytes need no alignment.
template <typename Block, std::int64_t kBlockSize, typename EncodeBlock>
void encode_blocks(const float* values, std::byte* blocks, std::int64_t count,
                   EncodeBlock encode_block) {
  for (std::int64_t begin = 0; begin < count; begin += kBlockSize) {
    const Block block = encode_block(values + begin);
    std::memcpy(blocks, &block, sizeof block);
    blocks += sizeof block;
  }
}

}  // namespace bantam
