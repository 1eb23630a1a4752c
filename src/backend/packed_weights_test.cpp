#include "backend/packed_weights.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "kernels/panels.h"
#include "tensor/quant_format.h"

namespace bantam::backend {
namespace {

// A table whose kernels read F16 in panels, whatever this processor has.
kernels::KernelTable table_with_panels() {
  kernels::KernelTable table = kernels::kernel_table(kernels::CpuLevel::Scalar);
  kernels::LinearKernel& kernel = table.linear[static_cast<std::size_t>(DType::F16)];
  kernel.run_panels = kernel.run;
  return table;
}

// Matrices [rows, 32] of F16, one after the other.
class PackedWeightsTest : public testing::Test {
 protected:
  PackedWeightsTest() : bytes_(4096 * 64) {
    for (std::size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = static_cast<std::byte>(i * 7 / 3);
  }
  Tensor matrix(std::int64_t first_row, std::int64_t rows) {
    return {DType::F16, Shape{rows, 32}, bytes_.data() + first_row * 64};
  }
  std::vector<std::byte> expected(const Tensor& weight) {
    const std::int64_t panels = (weight.shape.rows() + 15) / 16;
    std::vector<std::byte> out(static_cast<std::size_t>(panels * 16 * 64));
    kernels::pack_panels(*kernels::panel_layout(DType::F16),
                         {weight.data, 64, weight.shape.rows(), 0, panels, out.data()});
    return out;
  }
  void expect_packed(const std::byte* found, const Tensor& weight) {
    ASSERT_NE(found, nullptr);
    const std::vector<std::byte> wanted = expected(weight);
    EXPECT_EQ(std::memcmp(found, wanted.data(), wanted.size()), 0);
  }

  std::vector<std::byte> bytes_;
  kernels::KernelTable table_ = table_with_panels();
  ThreadPool pool_{2};
};

TEST_F(PackedWeightsTest, PacksAMatrixOnce) {
  PackedWeights packed(table_, 1 << 20, {});
  const Tensor weight = matrix(3, 37);
  const std::byte* panels = packed.panels(weight, pool_);
  expect_packed(panels, weight);
  EXPECT_EQ(packed.panels(weight, pool_), panels);
}

TEST_F(PackedWeightsTest, TellsApartMatricesThatBeginAtOnePlace) {
  PackedWeights packed(table_, 1 << 20, {});
  const std::byte* whole = packed.panels(matrix(0, 64), pool_);
  const std::byte* part = packed.panels(matrix(0, 32), pool_);
  EXPECT_NE(whole, part);
  expect_packed(whole, matrix(0, 64));
  expect_packed(part, matrix(0, 32));
}

TEST_F(PackedWeightsTest, KeepsThousandsApart) {
  PackedWeights packed(table_, 8 << 20, {});
  std::vector<const std::byte*> found;
  for (std::int64_t row = 0; row < 3000; ++row)
    found.push_back(packed.panels(matrix(row, 16), pool_));
  for (std::int64_t row = 0; row < 3000; ++row) {
    const Tensor weight = matrix(row, 16);
    ASSERT_EQ(packed.panels(weight, pool_), found[static_cast<std::size_t>(row)]);
    expect_packed(found[static_cast<std::size_t>(row)], weight);
  }
}

TEST_F(PackedWeightsTest, LeavesRowsWhereTheKernelWantsThemOrRoomLacks) {
  PackedWeights packed(table_, kernels::kPanelRows * 64, {});
  const Tensor floats{DType::F32, Shape{16, 16}, bytes_.data() + 640};
  EXPECT_EQ(packed.panels(floats, pool_), nullptr) << "no kernel";
  const Tensor narrow{DType::F16, Shape{16, 24}, bytes_.data() + 1280};
  EXPECT_EQ(packed.panels(narrow, pool_), nullptr) << "rows that are no whole words";
  EXPECT_NE(packed.panels(matrix(0, 16), pool_), nullptr);
  EXPECT_EQ(packed.panels(matrix(16, 16), pool_), nullptr) << "no room";
}

TEST_F(PackedWeightsTest, TheFileCanStillBeReadWhenItsPagesWereGivenBack) {
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / "packed_weights_test.bin";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes_.data()), std::ssize(bytes_));
  const MappedFile file(path);
  PackedWeights packed(table_, 1 << 20, {&file, 1});
  const Tensor weight{DType::F16, Shape{4096, 32}, const_cast<std::byte*>(file.bytes().data())};
  expect_packed(packed.panels(weight, pool_), matrix(0, 4096));
  EXPECT_EQ(std::memcmp(file.bytes().data(), bytes_.data(), bytes_.size()), 0);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace bantam::backend
