#include "backend/cost_ops.h"

#include <algorithm>
#include <array>

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

void CostOps::count(double operations, kernels::Arithmetic kind) {
  cost_.operations[static_cast<std::size_t>(kind)] += operations;
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
    const auto type = static_cast<std::size_t>(projection.weight->type);
    count(2.0 * as_double(x.shape.rows()) * as_double(projection.weight->shape.element_count()),
          kernels::arithmetic_of(kernels_.linear[type].activation));
    cost_.weight_bytes += as_double(projection.weight->byte_count());
  }
}

void CostOps::norm(const Tensor& x, const Norm& norm, Tensor) {
  count(4.0 * as_double(x.shape.element_count()));
  cost_.weight_bytes += as_double(norm.weight->byte_count());
}

void CostOps::rope_angles(const RopeFrequencies&, const Batch&, const RopeAngles&) {}

void CostOps::rope(const HeadPart& x, RopePairs, const RopeAngles&) {
  count(3.0 * as_double(x.tensor.shape.rows() * x.head_count() * x.size));
}

void CostOps::copy(const HeadPart&, const HeadPart&) {}

void CostOps::head_linear(const HeadPart& x, std::span<const Tensor> weights, const HeadPart& out) {
  const ArenaScope scope(*this);
  const std::int64_t rows = x.tensor.shape.rows();
  const Tensor head_x = allocate({rows, x.size});
  const Tensor head_out = allocate({rows, out.size});
  for (const Tensor& weight : weights) {
    linear(head_x, std::array{Projection{&weight, nullptr, head_out}});
  }
}

void CostOps::write_kv(const Tensor& keys, const Tensor& values, const Batch&, KvCache& cache,
                       std::int64_t) {
  const std::int64_t value_count = values.shape.rank() == 0 ? 0 : values.shape.element_count();
  cost_.kv_write_bytes +=
      as_double(quant_format(cache.key_type()).bytes_for(keys.shape.element_count()) +
                quant_format(cache.value_type()).bytes_for(value_count));
}

void CostOps::attention(const Tensor&, const AttentionShape& shape, const Batch& batch,
                        const KvCache& cache, std::int64_t layer, Tensor) {
  const KvLayerShape& kv = cache.layer(layer);
  const double row_bytes =
      as_double(quant_format(cache.key_type()).bytes_for(kv.key_size) +
                quant_format(cache.value_type()).bytes_for(kv.stored_value_size()));
  for (const SequenceSlice& slice : batch.slices) {
    const std::int64_t end = slice.first_position + slice.row_count;
    cost_.kv_read_bytes += row_bytes * as_double(kv.head_count * std::min(end, shape.window));
    for (std::int64_t position = slice.first_position; position < end; ++position) {
      const double seen = as_double(std::min(position + 1, shape.window));
      count(2.0 * seen * as_double(shape.head_count * (kv.key_size + kv.value_size)));
    }
  }
}

void CostOps::activate(kernels::Activation, const Tensor& x, Tensor) {
  count(4.0 * as_double(x.shape.element_count()));
}

void CostOps::xielu(const Xielu&, const Tensor& x, Tensor) {
  count(6.0 * as_double(x.shape.element_count()));
}

void CostOps::gate(kernels::Activation, const Tensor& gate, const Tensor&, Tensor) {
  count(5.0 * as_double(gate.shape.element_count()));
}

void CostOps::gate_clamped(const Tensor&, const Tensor&, float, Tensor out) {
  count(8.0 * as_double(out.shape.element_count()));
}

void CostOps::keep_above(const Tensor& x, float, Tensor) {
  count(6.0 * as_double(x.shape.element_count()));
}

void CostOps::scale(const Tensor& x, float, Tensor) { count(as_double(x.shape.element_count())); }

void CostOps::scale_rows(const Tensor& x, const Tensor&, Tensor) {
  count(as_double(x.shape.element_count()));
}

void CostOps::scale_by_position(const Tensor& x, const Batch&, double, std::int64_t) {
  count(as_double(x.shape.element_count()));
}

void CostOps::softcap(const Tensor& x, float, Tensor) {
  count(6.0 * as_double(x.shape.element_count()));
}

void CostOps::add(const Tensor& a, const Tensor&, float factor, Tensor) {
  count((factor == 1 ? 1.0 : 2.0) * as_double(a.shape.element_count()));
}

void CostOps::add_mixtures(const Tensor&, const Tensor& x, const Tensor& factors, Tensor) {
  count(2.0 * as_double(factors.shape.element_count() * x.shape.columns()));
}

void CostOps::match_magnitude(const Tensor& x, const Tensor&, float, Tensor) {
  count(5.0 * as_double(x.shape.element_count()));
}

void CostOps::multiply(const Tensor& a, const Tensor&, Tensor) {
  count(as_double(a.shape.element_count()));
}

void CostOps::convolve(const Tensor& x, const Tensor& weight, const Tensor*, const Batch&, KvCache&,
                       StatePart, Tensor) {
  count(2.0 * as_double(x.shape.element_count() * weight.shape.columns()));
  cost_.weight_bytes += as_double(weight.byte_count());
}

// Every token changes the whole state, which goes through memory once a slice.
void CostOps::count_state(std::int64_t rows, std::int64_t values, const Batch& batch) {
  const double bytes =
      as_double(std::ssize(batch.slices) * values * static_cast<std::int64_t>(sizeof(float)));
  count(5.0 * as_double(rows * values));
  cost_.kv_read_bytes += bytes;
  cost_.kv_write_bytes += bytes;
}

void CostOps::scan_states(const StateSpace& inputs, const Batch& batch, KvCache&, StatePart,
                          Tensor out) {
  const std::int64_t state_size = inputs.b.shape.columns() / inputs.group_count;
  count_state(out.shape.rows(), out.shape.columns() * state_size, batch);
}

void CostOps::apply_delta_rule(const DeltaRule& inputs, const Batch& batch, KvCache&, StatePart,
                               Tensor out) {
  const std::int64_t key_size = inputs.keys.shape.columns() / inputs.key_head_count;
  count_state(out.shape.rows(), out.shape.columns() * key_size, batch);
}

void CostOps::choose_experts(const Tensor& logits, const Tensor*, const ExpertRouting& routing,
                             const ExpertChoice&) {
  const ArenaScope scope(*this);
  allocate({4, routing.expert_count});
  count(4.0 * as_double(logits.shape.element_count()));
}

// Every row uses its number of experts; the weights of an expert are read once a pass. The arena
// must hold the case that one expert takes all rows.
void CostOps::experts(const Tensor& x, const ExpertChoice& choice, const FfnShape& shape,
                      std::span<const FfnWeights> experts, Tensor) {
  const Cost before = cost_;
  const std::int64_t rows = x.shape.rows();
  const std::int64_t used = choice.ids.shape.columns();
  const FfnWeights& expert = experts.front();
  {
    const ArenaScope scope(*this);
    const Tensor chosen = allocate({rows, x.shape.columns()});
    const Tensor result = allocate({rows, x.shape.columns()});
    const Tensor up = allocate({rows, shape.is_interleaved ? 2 * shape.size : shape.size});
    const Tensor gate = allocate({rows, shape.size});
    linear(chosen, std::array{project(expert.up, up)});
    if (shape.is_gated && !shape.is_interleaved) {
      linear(chosen, std::array{project(expert.gate, gate)});
    }
    linear(gate, std::array{project(expert.down, result)});
  }
  const double touched =
      as_double(std::min<std::int64_t>(static_cast<std::int64_t>(experts.size()), rows * used));
  for (std::size_t kind = 0; kind < cost_.operations.size(); ++kind) {
    cost_.operations[kind] +=
        (cost_.operations[kind] - before.operations[kind]) * as_double(used - 1);
  }
  cost_.weight_bytes = before.weight_bytes + (cost_.weight_bytes - before.weight_bytes) * touched;
}

void CostOps::gather_rows(const Tensor&, std::span<const std::int32_t>, Tensor) {}

}  // namespace bantam::backend
