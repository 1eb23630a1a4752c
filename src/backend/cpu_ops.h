// Ops on the processor: splits each operation over a thread pool and calls the kernel table.
#pragma once

#include <memory>
#include <vector>

#include "backend/ops.h"
#include "base/thread_pool.h"
#include "kernels/kernel_table.h"

namespace bantam::backend {

// Results are bit-identical for any number of workers and any composition of the batch. Allocates
// only at construction. The pool and the table outlive it.
class CpuOps final : public Ops {
 public:
  // Sizes of the largest pass.
  struct Plan {
    std::int64_t arena_bytes = 0;     // from CostOps
    std::int64_t context_tokens = 0;  // longest sequence
    std::int64_t head_size_max = 0;
    std::int64_t heads_per_kv_max = 0;
  };
  CpuOps(ThreadPool& pool, const kernels::KernelTable& kernels, Plan plan);

  Tensor allocate(Shape shape) override;
  std::int64_t mark() const override { return arena_used_; }
  void release(std::int64_t mark) override { arena_used_ = mark; }
  void embed(const Tensor& table, std::span<const std::int32_t> ids, Tensor out) override;
  void linear(const Tensor& x, std::span<const Projection> projections) override;
  void rms_norm(const Tensor& x, const Tensor& weight, float epsilon, Tensor out) override;
  void rope_angles(const RopeFrequencies& rope, std::span<const std::int32_t> positions,
                   const RopeAngles& angles) override;
  void rope(Tensor x, std::int64_t head_size, const RopeFrequencies& rope,
            const RopeAngles& angles) override;
  void write_kv(const Tensor& keys, const Tensor& values, const Batch& batch, KvCache& cache,
                std::int64_t layer) override;
  void attention(const Tensor& queries, const AttentionShape& shape, const Batch& batch,
                 const KvCache& cache, std::int64_t layer, Tensor out) override;
  void silu_multiply(const Tensor& gate, const Tensor& up, Tensor out) override;
  void add(const Tensor& a, const Tensor& b, Tensor out) override;
  void gather_rows(const Tensor& x, std::span<const std::int32_t> rows, Tensor out) override;

 private:
  struct AttentionCall;  // the arguments of attention(), for its parts

  std::byte* allocate_bytes(std::int64_t bytes);
  std::byte* quantized(const Tensor& x, kernels::ActivationFormat format);
  void attend(const AttentionCall& call, std::int64_t slice, std::int64_t kv_head,
              std::int64_t tile, int worker);
  template <typename Work>
  void for_rows(std::int64_t rows, std::int64_t values_a_row, const Work& work);

  ThreadPool& pool_;
  const kernels::KernelTable& kernels_;
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
