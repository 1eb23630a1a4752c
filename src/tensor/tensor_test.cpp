#include "tensor/tensor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include "base/error.h"

namespace bantam {
namespace {

TEST(Shape, CountsRowsColumnsAndElements) {
  const Shape shape{2, 3, 5};
  EXPECT_EQ(shape.rank(), 3);
  EXPECT_EQ(shape.rows(), 6);
  EXPECT_EQ(shape.columns(), 5);
  EXPECT_EQ(shape.element_count(), 30);
  EXPECT_EQ(to_text(shape), "[2, 3, 5]");
}

TEST(Shape, OfRankZeroIsOneNumber) {
  EXPECT_EQ(Shape().element_count(), 1);
  EXPECT_EQ(to_text(Shape()), "[]");
}

TEST(Tensor, FindsItsRowsWhateverTheBlockSize) {
  Buffer buffer(4096);
  const Tensor tensor{.type = DType::Q4_K, .shape = {3, 512}, .data = buffer.data()};
  EXPECT_EQ(tensor.row_bytes(), 2 * 144);
  EXPECT_EQ(tensor.byte_count(), 3 * 2 * 144);
  EXPECT_EQ(tensor.row(2), buffer.data() + 2 * 2 * 144);
}

TEST(Tensor, OfATypeThatOnlySafetensorsHasKnowsItsSizeAndName) {
  EXPECT_EQ((Tensor{DType::Bool, {3, 5}, nullptr}.byte_count()), 15);
  EXPECT_EQ((Tensor{DType::U32, {3, 5}, nullptr}.byte_count()), 60);
  EXPECT_EQ((Tensor{DType::F8_E4M3, {3, 5}, nullptr}.row_bytes()), 5);
  EXPECT_EQ(type_name(DType::F8_E5M2), "f8_e5m2");
  EXPECT_EQ(type_name(DType::Q4_K), "q4_k");
}

TEST(Buffer, IsZeroAndAligned) {
  const Buffer buffer(100000);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0u);
  const std::span<const std::byte> bytes(buffer.data(), buffer.size());
  EXPECT_TRUE(
      std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; }));
}

TEST(Buffer, OfNoBytesHoldsNothing) {
  const Buffer buffer(0);
  EXPECT_EQ(buffer.size(), 0u);
  EXPECT_EQ(buffer.data(), nullptr);
}

TEST(Buffer, LargerThanTheAddressSpaceIsAnErrorThatNamesTheSize) {
  try {
    Buffer buffer(std::size_t{1} << 62);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::OutOfMemory);
    EXPECT_NE(std::string_view(error.what()).find("4611686"), std::string_view::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace bantam
