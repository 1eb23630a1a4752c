// Ops that compute nothing and count everything: what a pass costs before it runs.
#pragma once

#include <array>

#include "backend/ops.h"
#include "kernels/kernel_table.h"

namespace bantam::backend {

// Counts of the passes so far.
struct Cost {
  // By kernels::Arithmetic, 2 a multiply-add: products of weights in the kind that their kernel
  // uses, all else as F32.
  std::array<double, kernels::kArithmeticCount> operations{};
  double weight_bytes = 0;   // weights read, each matrix once a pass
  double kv_read_bytes = 0;  // keys and values read by attention
  double kv_write_bytes = 0;
  std::int64_t arena_bytes_peak = 0;  // activations alive at once: what CpuOps must reserve

  double bytes() const { return weight_bytes + kv_read_bytes + kv_write_bytes; }
};

// Tensors it returns have shapes but no memory. Walking a model with the largest batch gives the
// arena that CpuOps needs for every smaller one.
class CostOps final : public Ops {
 public:
  // `kernels` outlives it: the kernels decide the form of activations.
  explicit CostOps(const kernels::KernelTable& kernels) : kernels_(kernels) {}

  const Cost& cost() const { return cost_; }

  Tensor allocate(Shape shape) override;
  std::int64_t mark() const override { return arena_bytes_; }
  void release(std::int64_t mark) override { arena_bytes_ = mark; }
  void embed(const Tensor& table, std::span<const std::int32_t> ids, Tensor out) override;
  void linear(const Tensor& x, std::span<const Projection> projections) override;
  void norm(const Tensor& x, const Norm& norm, Tensor out) override;
  void rope_angles(const RopeFrequencies& rope, const Batch& batch,
                   const RopeAngles& angles) override;
  void rope(const HeadPart& x, RopePairs pairs, const RopeAngles& angles) override;
  void copy(const HeadPart& from, const HeadPart& to) override;
  void head_linear(const HeadPart& x, std::span<const Tensor> weights,
                   const HeadPart& out) override;
  void write_kv(const Tensor& keys, const Tensor& values, const Batch& batch, KvCache& cache,
                std::int64_t layer) override;
  void attention(const Tensor& queries, const AttentionShape& shape, const Batch& batch,
                 const KvCache& cache, std::int64_t layer, Tensor out) override;
  void activate(kernels::Activation activation, const Tensor& x, Tensor out) override;
  void xielu(const Xielu& numbers, const Tensor& x, Tensor out) override;
  void gate(kernels::Activation activation, const Tensor& gate, const Tensor& up,
            Tensor out) override;
  void gate_clamped(const Tensor& gate, const Tensor& up, float limit, Tensor out) override;
  void keep_above(const Tensor& x, float deviations, Tensor out) override;
  void scale(const Tensor& x, float factor, Tensor out) override;
  void scale_rows(const Tensor& x, const Tensor& factors, Tensor out) override;
  void scale_by_position(const Tensor& x, const Batch& batch, double slope,
                         std::int64_t period) override;
  void softcap(const Tensor& x, float cap, Tensor out) override;
  void add(const Tensor& a, const Tensor& b, float factor, Tensor out) override;
  void add_mixtures(const Tensor& a, const Tensor& x, const Tensor& factors, Tensor out) override;
  void match_magnitude(const Tensor& x, const Tensor& target, float square_min,
                       Tensor out) override;
  void multiply(const Tensor& a, const Tensor& b, Tensor out) override;
  void convolve(const Tensor& x, const Tensor& weight, const Tensor* bias, const Batch& batch,
                KvCache& cache, StatePart state, Tensor out) override;
  void scan_states(const StateSpace& inputs, const Batch& batch, KvCache& cache, StatePart state,
                   Tensor out) override;
  void apply_delta_rule(const DeltaRule& inputs, const Batch& batch, KvCache& cache,
                        StatePart state, Tensor out) override;
  void choose_experts(const Tensor& logits, const Tensor* bias, const ExpertRouting& routing,
                      const ExpertChoice& choice) override;
  void experts(const Tensor& x, const ExpertChoice& choice, const FfnShape& shape,
               std::span<const FfnWeights> experts, Tensor out) override;
  void gather_rows(const Tensor& x, std::span<const std::int32_t> rows, Tensor out) override;

 private:
  void reserve(std::int64_t bytes);
  void count(double operations, kernels::Arithmetic kind = kernels::Arithmetic::F32);
  void count_state(std::int64_t rows, std::int64_t values, const Batch& batch);

  const kernels::KernelTable& kernels_;
  Cost cost_;
  std::int64_t arena_bytes_ = 0;
};

}  // namespace bantam::backend
