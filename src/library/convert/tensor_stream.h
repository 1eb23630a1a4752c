// The data of a planned tensor, made and handed on in chunks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/function_ref.h"
#include "model/conversion/tensor_plan.h"

namespace bantam::library {

// Calls `sink` with the tensor's bytes, in order; each call's bytes are valid during it. Holds a
// few MiB at a time, but for a piece in another order, which it holds whole. Gives how many finite
// numbers became infinite, being beyond the range of float16. Throws Unsupported for a source type
// that cannot be read.
std::uint64_t stream_tensor(const model::PlannedTensor& tensor,
                            FunctionRef<void(std::span<const std::byte>)> sink);

}  // namespace bantam::library
