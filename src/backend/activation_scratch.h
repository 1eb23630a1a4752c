// The form in which linear() hands activations to kernels: how large it is.
#pragma once

#include <cstdint>
#include <span>

#include "backend/ops.h"
#include "kernels/kernel_table.h"

namespace bantam::backend {

inline constexpr std::int64_t kArenaAlignment = 64;  // bytes

constexpr std::int64_t align_up(std::int64_t bytes) {
  return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

// Bytes of one row of `columns` activations.
std::int64_t activation_row_bytes(kernels::ActivationFormat format, std::int64_t columns);

// Arena bytes that linear() needs besides its outputs: one quantized copy of x for each format in
// use, and for each projection with an order of its own a copy of x in that order, quantized too
// where its format is.
std::int64_t linear_scratch_bytes(const kernels::KernelTable& kernels, const Tensor& x,
                                  std::span<const Projection> projections);

}  // namespace bantam::backend
