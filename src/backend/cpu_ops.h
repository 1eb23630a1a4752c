// Ops on the processor: splits each operation over a thread pool and calls the kernel table.
#pragma once

#include <memory>
#include <vector>

#include "backend/ops.h"
#include "backend/packed_weights.h"
#include "base/thread_pool.h"
#include "kernels/kernel_table.h"

namespace bantam::backend {

// Results are bit-identical for any number of workers, any composition of the batch and any layout
// of the weights. Allocates only at construction and when a weight is first packed. The pool, the
// table and the packed weights outlive it.
class CpuOps final : public Ops {
 public:
  // Sizes of the largest pass.
  struct Plan {
    std::int64_t arena_bytes = 0;     // from CostOps
    std::int64_t context_tokens = 0;  // longest sequence
    std::int64_t head_size_max = 0;
    std::int64_t heads_per_kv_max = 0;
  };
  // `packed` null: weights are read as they are.
  CpuOps(ThreadPool& pool, const kernels::KernelTable& kernels, Plan plan,
         PackedWeights* packed = nullptr);

  Tensor allocate(Shape shape) override;
  std::int64_t mark() const override { return arena_used_; }
  void release(std::int64_t mark) override { arena_used_ = mark; }
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
  // Below this many values an operation is faster on one thread than a round of the pool.
  static constexpr std::int64_t kParallelValuesMin = 16384;

  struct AttentionCall;  // the arguments of attention(), for its parts

  std::byte* allocate_bytes(std::int64_t bytes);
  std::byte* quantized(const Tensor& x, kernels::ActivationFormat format);
  // Rows [begin, end) of a projection, with its bias; an `end` past the last row means all. Of
  // `panels`, or where that is null of the weight itself. A worker calls.
  void multiply_rows(const Tensor& x, const Projection& projection, const std::byte* activations,
                     const std::byte* panels, std::int64_t begin, std::int64_t end) const;
  float* state_of(const SequenceSlice& slice, const KvCache& cache, StatePart part,
                  std::int64_t float_count);
  Tensor in_order(const Tensor& x, const Tensor& input_order);
  void run_ffn(const Tensor& x, const FfnShape& shape, const FfnWeights& weights, Tensor out);
  void attend(const AttentionCall& call, std::int64_t slice, std::int64_t kv_head,
              std::int64_t tile, int worker);

  // Calls work(row) for each row, on all workers where there is enough to do.
  template <typename Work>
  void for_rows(std::int64_t rows, std::int64_t values_a_row, const Work& work) {
    const auto range = [&](int, std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) work(row);
    };
    if (rows * values_a_row < kParallelValuesMin) {
      range(0, 0, rows);
    } else {
      pool_.balance(rows, 1, range);
    }
  }

  ThreadPool& pool_;
  const kernels::KernelTable& kernels_;
  PackedWeights* packed_;
  Buffer arena_;
  std::int64_t arena_used_ = 0;
  // A worker's own space for attention.
  struct WorkerSpace {
    float* scratch;
    std::vector<const std::byte*> key_blocks;
    std::vector<const std::byte*> value_blocks;
  };
  Buffer attention_scratch_;
  std::vector<WorkerSpace> workers_;
};

}  // namespace bantam::backend
