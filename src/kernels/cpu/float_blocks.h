// The order of a product with float weights (docs/numerics.md): the columns are taken in blocks;
// in a block, runs of neighbouring columns go to two running sums in turn.
#pragma once

#include <cstdint>

namespace bantam::kernels {

inline constexpr std::int64_t kFloatBlock = 512;  // columns
inline constexpr std::int64_t kFloatRun = 16;     // columns

}  // namespace bantam::kernels
