#include "backend/activation_scratch.h"

#include <array>

namespace bantam::backend {

using kernels::ActivationFormat;

std::int64_t activation_row_bytes(ActivationFormat format, std::int64_t columns) {
  switch (format) {
    case ActivationFormat::F32:
      return columns * static_cast<std::int64_t>(sizeof(float));
    case ActivationFormat::Q8x32:
      return columns / 32 * static_cast<std::int64_t>(sizeof(kernels::ActivationQ8x32));
    case ActivationFormat::Q8x256:
      return columns / 256 * static_cast<std::int64_t>(sizeof(kernels::ActivationQ8x256));
  }
  return 0;
}

std::int64_t linear_scratch_bytes(const kernels::KernelTable& kernels, const Tensor& x,
                                  std::span<const Projection> projections) {
  std::array<bool, 3> used{};
  for (const Projection& projection : projections) {
    const auto type = static_cast<std::size_t>(projection.weight->type);
    used[static_cast<std::size_t>(kernels.linear[type].activation)] = true;
  }
  std::int64_t bytes = 0;
  for (const auto format : {ActivationFormat::Q8x32, ActivationFormat::Q8x256}) {
    if (!used[static_cast<std::size_t>(format)]) continue;
    bytes += align_up(x.shape.rows() * activation_row_bytes(format, x.shape.columns()));
  }
  return bytes;
}

}  // namespace bantam::backend
