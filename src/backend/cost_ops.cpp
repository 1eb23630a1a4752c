#include "backend/cost_ops.h"

#include <algorithm>

#include "backend/activation_scratch.h"
#include "tensor/quant_format.h"

namespace bantam::backend {
namespace {

double as_double(std::int64_t value) { return static_cast<double>(value); }

}  // namespace

void CostOps::reserve(std::int64_t bytes) {
  arena_bytes_ += align_up(bytes);
  cost_.arena_bytes_peak = std::max(cost_.arena_bytes_peak, arena_bytes_);
}

Tensor CostOps::allocate(Shape shape) {
  const Tensor tensor{DType::F32, shape, nullptr};
  reserve(tensor.byte_count());
  return tensor;
}

void CostOps::embed(const Tensor& table, std::span<const std::int32_t> ids, Tensor) {
  cost_.weight_bytes += as_double(table.row_bytes() * static_cast<std::int64_t>(ids.size()));
}

void CostOps::linear(const Tensor& x, std::span<const Projection> projections) {
  const ArenaScope scope(*this);
  reserve(linear_scratch_bytes(kernels_, x, projections));
  for (const Projection& projection : projections) {
    cost_.flops +=
        2.0 * as_double(x.shape.rows()) * as_double(projection.weight->shape.element_count());
    cost_.weight_bytes += as_double(projection.weight->byte_count());
  }
}

void CostOps::rms_norm(const Tensor& x, const Tensor& weight, float, Tensor) {
  cost_.flops += 4.0 * as_double(x.shape.element_count());
  cost_.weight_bytes += as_double(weight.byte_count());
}

void CostOps::rope_angles(const RopeFrequencies&, std::span<const std::int32_t>,
                          const RopeAngles&) {}

void CostOps::rope(Tensor x, std::int64_t, const RopeFrequencies&, const RopeAngles&) {
  cost_.flops += 3.0 * as_double(x.shape.element_count());
}

void CostOps::write_kv(const Tensor& keys, const Tensor& values, const Batch&, KvCache& cache,
                       std::int64_t) {
  cost_.kv_write_bytes +=
      as_double(quant_format(cache.key_type()).bytes_for(keys.shape.element_count()) +
                quant_format(cache.value_type()).bytes_for(values.shape.element_count()));
}

void CostOps::attention(const Tensor&, const AttentionShape& shape, const Batch& batch,
                        const KvCache& cache, std::int64_t layer, Tensor) {
  const KvLayerShape& kv = cache.layer(layer);
  const double row_bytes = as_double(quant_format(cache.key_type()).bytes_for(kv.key_size) +
                                     quant_format(cache.value_type()).bytes_for(kv.value_size));
  for (const SequenceSlice& slice : batch.slices) {
    const std::int64_t end = slice.first_position + slice.row_count;
    cost_.kv_read_bytes += row_bytes * as_double(kv.head_count * std::min(end, shape.window));
    for (std::int64_t position = slice.first_position; position < end; ++position) {
      const double seen = as_double(std::min(position + 1, shape.window));
      cost_.flops += 2.0 * seen * as_double(shape.head_count * (kv.key_size + kv.value_size));
    }
  }
}

void CostOps::silu_multiply(const Tensor& gate, const Tensor&, Tensor) {
  cost_.flops += 5.0 * as_double(gate.shape.element_count());
}

void CostOps::add(const Tensor& a, const Tensor&, Tensor) {
  cost_.flops += as_double(a.shape.element_count());
}

void CostOps::gather_rows(const Tensor&, std::span<const std::int32_t>, Tensor) {}

}  // namespace bantam::backend
