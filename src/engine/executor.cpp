#include "engine/executor.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/cores.h"
#include "base/error.h"
#include "base/format.h"
#include "engine/available_memory.h"
#include "model/hyper_parameters.h"

namespace bantam::engine {
namespace {

void check_range(std::string_view name, std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value >= low && value <= high) return;
  throw Error(ErrorCode::BadInput,
              format("{}: found {}, expected {} to {}", name, value, low, high));
}

// Of the memory that is free, what weights in panels may take.
constexpr double kPackedShareMax = 0.8;

// Some for the rows that fill up the last panels.
std::int64_t packed_capacity(const model::Model& model) {
  return model.weight_bytes() + model.weight_bytes() / 8;
}

ExecutorOptions completed(ExecutorOptions options, const model::Model& model) {
  const model::ModelSpec& spec = model.spec();
  if (options.threads == 0) options.threads = usable_core_count();
  if (options.context_tokens == 0) options.context_tokens = spec.context_length;
  check_range("--threads", options.threads, 1, 1024);
  check_range("--ctx", options.context_tokens, 1, model::kContextLength.high);
  if (spec.has_position_embedding && options.context_tokens > spec.context_length) {
    throw Error(ErrorCode::BadInput,
                format("--ctx: found {}, expected at most {}: this model has learned positions and "
                       "none beyond them",
                       options.context_tokens, spec.context_length));
  }
  check_range("--batch", options.batch_tokens, 1, 1 << 16);
  options.batch_tokens = std::min(options.batch_tokens, options.context_tokens);
  options.output_rows = std::clamp<std::int64_t>(options.output_rows, 1, options.batch_tokens);
  if (options.block_count == 0) options.block_count = model::blocks_for(options.context_tokens);
  if (static_cast<double>(packed_capacity(model)) >
      kPackedShareMax * static_cast<double>(available_memory())) {
    options.weights = backend::WeightLayout::Rows;
  }
  return options;
}

ExecutorOptions on_threads(ExecutorOptions options, const ThreadPool* threads) {
  if (threads != nullptr) options.threads = threads->worker_count();
  return options;
}

backend::CacheLayout layout_of(const model::Model& model, const ExecutorOptions& options) {
  return {model.kv_shapes(), options.key_type, options.value_type};
}

backend::CpuOps::Plan ops_plan(const model::Model& model, const ExecutionPlan& execution) {
  backend::CpuOps::Plan plan{.arena_bytes = execution.memory.activation_bytes,
                             .context_tokens = execution.options.context_tokens};
  for (const backend::KvLayerShape& layer : model.kv_shapes()) {
    plan.head_size_max = std::max({plan.head_size_max, layer.key_size, layer.value_size});
  }
  plan.heads_per_kv_max = model.heads_per_kv_max();
  return plan;
}

std::optional<backend::PackedWeights> packed_weights(const model::Model& model,
                                                     const ExecutorOptions& options,
                                                     const kernels::KernelTable& kernels) {
  if (options.weights == backend::WeightLayout::Rows) return std::nullopt;
  return std::optional<backend::PackedWeights>(std::in_place, kernels, packed_capacity(model),
                                               model.file().files());
}

kernels::KernelTable kernels_of(const ExecutorOptions& options) {
  kernels::KernelTable table = kernels::kernel_table(options.level);
  if (options.exact_bf16) table.linear[static_cast<std::size_t>(DType::BF16)] = table.exact_bf16;
  return table;
}

}  // namespace

ExecutionPlan plan_execution(const model::Model& model, ExecutorOptions options) {
  options = completed(options, model);
  const backend::CacheLayout layout = layout_of(model, options);
  const backend::GroupCounts blocks =
      layout.block_counts(options.block_count, options.sequences, options.batch_tokens);
  const kernels::KernelTable kernels = kernels_of(options);
  return {options, blocks,
          model::plan_memory(model, kernels, layout, blocks,
                             {.batch_tokens = options.batch_tokens,
                              .output_rows = options.output_rows,
                              .context_tokens = options.context_tokens,
                              .weights = options.weights})};
}

Executor::Executor(std::shared_ptr<const model::Model> model, ExecutorOptions options,
                   ThreadPool* threads)
    : model_(std::move(model)),
      plan_(plan_execution(*model_, on_threads(options, threads))),
      kernels_(kernels_of(plan_.options)),
      own_pool_(threads != nullptr ? nullptr : std::make_unique<ThreadPool>(plan_.options.threads)),
      pool_(threads != nullptr ? *threads : *own_pool_),
      cache_(layout_of(*model_, plan_.options), plan_.cache_blocks),
      packed_(packed_weights(*model_, plan_.options, kernels_)),
      ops_(pool_, kernels_, ops_plan(*model_, plan_), packed_ ? &*packed_ : nullptr) {}

Tensor Executor::run(const backend::Batch& batch, const model::HiddenObserver* observer) {
  return model::forward(ops_, *model_, batch, cache_, observer);
}

}  // namespace bantam::engine
