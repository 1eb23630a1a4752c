// How much memory and work a model will take on this machine, before any of it is spent.
#pragma once

#include "backend/cost_ops.h"
#include "backend/kv_cache.h"
#include "backend/packed_weights.h"
#include "kernels/kernel_table.h"
#include "model/model.h"

namespace bantam::model {

// The largest pass that an engine will run.
struct PassLimits {
  std::int64_t batch_tokens = 512;     // rows of one pass
  std::int64_t output_rows = 1;        // of them, rows with logits
  std::int64_t context_tokens = 4096;  // of one sequence
  backend::WeightLayout weights = backend::WeightLayout::Rows;
};

// What a pass takes: the last `rows` tokens of each of some sequences that have `context_tokens`
// tokens then; the last `output_rows` rows of the pass get logits.
struct PassShape {
  std::int64_t rows = 1;
  std::int64_t output_rows = 1;
  std::int64_t context_tokens = 1;
  std::int64_t sequences = 1;
};

// Walks forward() with CostOps over such a pass. Nothing is computed.
backend::Cost pass_cost(const Model& model, const kernels::KernelTable& kernels,
                        const backend::CacheLayout& cache, const PassShape& pass);

struct MemoryPlan {
  std::int64_t weight_bytes = 0;      // resident once a full context was computed
  std::int64_t kv_bytes = 0;          // cache for all of its blocks
  std::int64_t activation_bytes = 0;  // arena of the largest pass
  std::int64_t program_bytes = 0;     // the program itself and the metadata of the file
  std::int64_t total() const { return weight_bytes + kv_bytes + activation_bytes + program_bytes; }
};

MemoryPlan plan_memory(const Model& model, const kernels::KernelTable& kernels,
                       const backend::CacheLayout& cache, const backend::GroupCounts& blocks,
                       const PassLimits& limits);

// Cache blocks for so many tokens of one sequence.
std::int64_t blocks_for(std::int64_t tokens);

}  // namespace bantam::model
