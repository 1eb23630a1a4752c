#include "tensor/quant/int_group.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace bantam {
namespace {

template <typename Width>
class IntGroup : public testing::Test {};

using Widths = testing::Types<std::integral_constant<int, 2>, std::integral_constant<int, 3>,
                              std::integral_constant<int, 4>, std::integral_constant<int, 8>>;
TYPED_TEST_SUITE(IntGroup, Widths);

TYPED_TEST(IntGroup, UnpacksTheCodesThatWerePacked) {
  constexpr int kBits = TypeParam::value;
  std::mt19937 random(1);
  for (int trial = 0; trial < 100; ++trial) {
    std::uint8_t codes[32], back[32], bytes[4 * kBits];
    for (std::uint8_t& code : codes) code = random() & ((1u << kBits) - 1u);
    pack_int_group_codes<kBits>(codes, bytes);
    unpack_int_group_codes<kBits>(bytes, back);
    ASSERT_EQ(std::memcmp(codes, back, sizeof codes), 0);
  }
}

TYPED_TEST(IntGroup, DecodesADifferenceTimesTheScale) {
  constexpr int kBits = TypeParam::value;
  using Block = BlockIntGroup<kBits, 128>;
  constexpr unsigned kMask = (1u << kBits) - 1u;
  Block block{};
  store_u32(block.scale, float_to_bits(-0x1.234568p-7f));
  block.zero = kMask;
  std::uint8_t codes[128];
  for (unsigned i = 0; i < 128; ++i) codes[i] = static_cast<std::uint8_t>((i * 7 + i / 32) & kMask);
  for (int part = 0; part < 4; ++part) {
    pack_int_group_codes<kBits>(codes + 32 * part, block.codes + part * Block::kBytes32);
  }
  float values[128];
  decode_int_group<kBits, 128>(reinterpret_cast<const std::byte*>(&block), values, 128);
  for (int i = 0; i < 128; ++i) {
    const float expected = static_cast<float>(codes[i] - static_cast<int>(kMask)) * -0x1.234568p-7f;
    ASSERT_EQ(float_to_bits(values[i]), float_to_bits(expected)) << i;
  }
}

}  // namespace
}  // namespace bantam
