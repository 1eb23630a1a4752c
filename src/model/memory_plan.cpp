#include "model/memory_plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "model/decoder.h"

namespace bantam::model {
namespace {

// Measured: the resident program without a model, and what the metadata of a file takes for each
// token of its vocabulary, in the file and as values.
constexpr std::int64_t kProgramBytes = 5'500'000;
constexpr std::int64_t kMetadataBytesPerToken = 70;

// The system maps a file in windows of this size around each page that is touched
// (fault_around_bytes).
constexpr double kFaultWindowBytes = 65536;

// Expected resident bytes of a table of which `rows` random rows are read.
std::int64_t touched_bytes(std::int64_t table_bytes, std::int64_t rows) {
  const auto table = static_cast<double>(table_bytes);
  const double missed =
      std::pow(1.0 - std::min(1.0, kFaultWindowBytes / table), static_cast<double>(rows));
  return static_cast<std::int64_t>(table * (1.0 - missed));
}

}  // namespace

std::int64_t blocks_for(std::int64_t tokens) {
  return (tokens + backend::kBlockTokens - 1) / backend::kBlockTokens;
}

backend::Cost pass_cost(const Model& model, const kernels::KernelTable& kernels,
                        const backend::CacheLayout& layout, const PassShape& pass) {
  const std::int64_t first = pass.context_tokens - pass.rows;
  const std::int64_t rows = pass.sequences * pass.rows;
  const std::vector<std::int32_t> tokens(static_cast<std::size_t>(rows), 0);
  const std::vector<std::int32_t> blocks(static_cast<std::size_t>(blocks_for(pass.context_tokens)),
                                         0);
  std::vector<std::int32_t> positions(tokens.size());
  std::vector<backend::SequenceSlice> slices;
  for (std::int64_t row = 0; row < rows; row += pass.rows) {
    const auto part = std::span(positions).subspan(static_cast<std::size_t>(row),
                                                   static_cast<std::size_t>(pass.rows));
    std::iota(part.begin(), part.end(), static_cast<std::int32_t>(first));
    slices.push_back({.first_row = row,
                      .row_count = pass.rows,
                      .first_position = first,
                      .blocks = {blocks, blocks, blocks, blocks}});
  }
  std::vector<std::int32_t> outputs(static_cast<std::size_t>(pass.output_rows));
  std::iota(outputs.begin(), outputs.end(), static_cast<std::int32_t>(rows - pass.output_rows));
  backend::KvCache cache(layout, {});
  backend::CostOps ops(kernels);
  forward(ops, model,
          {.tokens = tokens, .positions = positions, .slices = slices, .output_rows = outputs},
          cache);
  return ops.cost();
}

MemoryPlan plan_memory(const Model& model, const kernels::KernelTable& kernels,
                       const backend::CacheLayout& cache, const backend::GroupCounts& blocks,
                       const PassLimits& limits) {
  MemoryPlan plan;
  plan.weight_bytes = model.weight_bytes();
  // Of an embedding table only the rows of seen tokens are read, unless it is the output matrix
  // too; beside packed weights their pages are given back at once (CpuOps::embed).
  const auto touched = [&](const Tensor& table) {
    const bool given_back =
        limits.weights == backend::WeightLayout::Panels && backend::is_packable(kernels, table);
    return given_back ? 0 : touched_bytes(table.byte_count(), limits.context_tokens);
  };
  const Tensor& table = model.token_embedding();
  if (!model.spec().has_tied_output) plan.weight_bytes += touched(table) - table.byte_count();
  if (model.spec().layer_inputs) {
    const Tensor& layers = model.layer_embedding().table;
    plan.weight_bytes += touched(layers) - layers.byte_count();
  }
  plan.program_bytes = kProgramBytes + kMetadataBytesPerToken * model.spec().vocabulary_size;
  plan.kv_bytes = cache.bytes(blocks);
  const std::int64_t rows = std::min(limits.batch_tokens, limits.context_tokens);
  plan.activation_bytes = pass_cost(model, kernels, cache,
                                    {.rows = rows,
                                     .output_rows = std::min(limits.output_rows, rows),
                                     .context_tokens = limits.context_tokens})
                              .arena_bytes_peak;
  return plan;
}

}  // namespace bantam::model
