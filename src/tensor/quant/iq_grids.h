// The grids of the IQ formats: the points that a row number stands for. Part of the file format.
// Source: ggml, src/ggml-common.h; the idea is QuIP#'s E8 lattice codebook (arXiv 2402.04396).
#pragma once

#include <cstdint>

namespace bantam {

template <int kRows>
struct IqGrid8 {
  std::uint64_t rows[kRows];  // bits 8i..8i+7 = value i, as an int8
};
template <int kRows>
struct IqGrid4 {
  std::uint32_t rows[kRows];  // bits 8i..8i+7 = value i
};

// Constants made by the compiler; any thread.
extern const IqGrid8<256> kIq2XxsGrid;  // values 8, 25, 43
extern const IqGrid8<512> kIq2XsGrid;   // values 8, 25, 43
extern const IqGrid8<1024> kIq2SGrid;   // values 8, 25, 43
extern const IqGrid4<256> kIq3XxsGrid;  // values 4, 12, 20, 28, 36, 44, 52, 62
extern const IqGrid4<512> kIq3SGrid;    // values 1, 3, 5, ... 15
extern const IqGrid8<2048> kIq1Grid;    // values -1, 0, 1; of IQ1_S and IQ1_M

constexpr float kIq1Shift = 0.125f;

namespace {  // each object keeps its own copy, as in half.h

// The eight sign bits that a pattern of seven stands for: the eighth makes their number even.
[[maybe_unused]] inline unsigned iq_sign_bits(unsigned pattern) {
  unsigned parity = pattern ^ pattern >> 4;
  parity ^= parity >> 2;
  parity ^= parity >> 1;
  return pattern | (parity & 1u) << 7;
}

}  // namespace

}  // namespace bantam
