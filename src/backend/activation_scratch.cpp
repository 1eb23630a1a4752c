#include "backend/activation_scratch.h"

#include <array>

namespace bantam::backend {

using kernels::ActivationFormat;

std::int64_t activation_row_bytes(ActivationFormat format, std::int64_t columns) {
  switch (format) {
    case ActivationFormat::F32:
      return columns * static_cast<std::int64_t>(sizeof(float));
    case ActivationFormat::BF16:
      return (columns + 1) / 2 * 4;
    case ActivationFormat::Q8x32:
      return columns / 32 * static_cast<std::int64_t>(sizeof(kernels::ActivationQ8x32));
    case ActivationFormat::Q8x256:
      return columns / 256 * static_cast<std::int64_t>(sizeof(kernels::ActivationQ8x256));
  }
  return 0;
}

std::int64_t linear_scratch_bytes(const kernels::KernelTable& kernels, const Tensor& x,
                                  std::span<const Projection> projections) {
  const auto copy_bytes = [&](ActivationFormat format) {
    return align_up(x.shape.rows() * activation_row_bytes(format, x.shape.columns()));
  };
  std::array<bool, kernels::kActivationFormatCount> used{};
  std::int64_t bytes = 0;
  for (const Projection& projection : projections) {
    const auto type = static_cast<std::size_t>(projection.weight->type);
    const ActivationFormat format = kernels.linear[type].activation;
    bool& is_used = used[static_cast<std::size_t>(format)];
    if (projection.input_order != nullptr) bytes += copy_bytes(ActivationFormat::F32);
    const bool needs_copy = projection.input_order != nullptr || !is_used;
    if (format != ActivationFormat::F32 && needs_copy) bytes += copy_bytes(format);
    is_used = is_used || projection.input_order == nullptr;
  }
  return bytes;
}

}  // namespace bantam::backend
