// A model ready to compute: threads, kernels, cache and working memory for its passes.
#pragma once

#include <memory>
#include <optional>

#include "backend/cpu_ops.h"
#include "backend/kv_cache.h"
#include "backend/packed_weights.h"
#include "base/thread_pool.h"
#include "kernels/kernel_table.h"
#include "model/decoder.h"
#include "model/memory_plan.h"
#include "model/model.h"

namespace bantam::engine {

struct ExecutorOptions {
  int threads = 0;                  // 0: one a usable core
  std::int64_t context_tokens = 0;  // longest sequence; 0: what the model was trained for
  std::int64_t batch_tokens = 512;  // rows of one pass at the most
  std::int64_t output_rows = 1;     // rows with logits in one pass at the most
  std::int64_t sequences = 1;       // in the cache at once at the most
  std::int64_t block_count = 0;     // cache blocks of tokens; 0: for one full sequence
  DType key_type = DType::F16;
  DType value_type = DType::F16;
  kernels::CpuLevel level = kernels::detected_cpu_level();
  bool exact_bf16 = false;  // BF16 weights with activations that are not rounded: slower
  // Panels become Rows where memory lacks for a copy that the system cannot take back.
  backend::WeightLayout weights = backend::WeightLayout::Panels;
};

// What an executor will be, without any of its memory taken.
struct ExecutionPlan {
  ExecutorOptions options;  // with every 0 replaced
  backend::GroupCounts cache_blocks{};
  model::MemoryPlan memory;
};

// Throws BadInput for options out of range or a cache type that the model cannot use.
ExecutionPlan plan_execution(const model::Model& model, ExecutorOptions options);

// Owns all memory of its passes; a pass allocates nothing. One thread calls.
class Executor {
 public:
  // Throws BadInput for options out of range, OutOfMemory where memory lacks. With `threads`, which
  // outlive it, it computes on those of another executor, in turn with it.
  Executor(std::shared_ptr<const model::Model> model, ExecutorOptions options,
           ThreadPool* threads = nullptr);
  Executor(const Executor&) = delete;  // its parts hold on to each other
  Executor& operator=(const Executor&) = delete;

  const model::Model& model() const { return *model_; }
  const ExecutionPlan& plan() const { return plan_; }
  const ExecutorOptions& options() const { return plan_.options; }
  const kernels::KernelTable& kernels() const { return kernels_; }
  const model::MemoryPlan& memory() const { return plan_.memory; }
  backend::KvCache& cache() { return cache_; }
  const backend::CacheLayout& cache_layout() const { return cache_.layout(); }
  int thread_count() const { return pool_.worker_count(); }
  ThreadPool& thread_pool() { return pool_; }

  // See model::forward. The logits are valid until the next run.
  Tensor run(const backend::Batch& batch, const model::HiddenObserver* observer = nullptr);

 private:
  std::shared_ptr<const model::Model> model_;
  ExecutionPlan plan_;
  kernels::KernelTable kernels_;
  std::unique_ptr<ThreadPool> own_pool_;
  ThreadPool& pool_;
  backend::KvCache cache_;
  std::optional<backend::PackedWeights> packed_;
  backend::CpuOps ops_;
};

}  // namespace bantam::engine
