// The cache and attention of CpuOps.
#include <algorithm>

#include "backend/cpu_ops.h"
#include "tensor/quant_format.h"

namespace bantam::backend {
namespace {

std::int64_t tiles_of(const SequenceSlice& slice) {
  return (slice.row_count + kernels::kAttentionTokensMax - 1) / kernels::kAttentionTokensMax;
}

}  // namespace

void CpuOps::write_kv(const Tensor& keys, const Tensor& values, const Batch& batch, KvCache& cache,
                      std::int64_t layer) {
  const KvLayerShape& shape = cache.layer(layer);
  const QuantFormat& key_format = quant_format(cache.key_type());
  const QuantFormat& value_format = quant_format(cache.value_type());
  for (const SequenceSlice& slice : batch.slices) {
    const std::span<const std::int32_t> blocks = slice.blocks[cache.group(layer)];
    for_rows(slice.row_count, keys.shape.columns(), [&](std::int64_t index) {
      const std::int64_t row = slice.first_row + index;
      const std::int64_t position = slice.first_position + index;
      const std::int32_t block = blocks[static_cast<std::size_t>(position / kBlockTokens)];
      const std::int64_t place = position % kBlockTokens;
      for (std::int64_t head = 0; head < shape.head_count; ++head) {
        key_format.encode(
            keys.float_row(row) + head * shape.key_size,
            cache.keys(layer, block, head) + place * key_format.bytes_for(shape.key_size),
            shape.key_size);
        if (values.empty()) continue;
        value_format.encode(
            values.float_row(row) + head * shape.value_size,
            cache.values(layer, block, head) + place * value_format.bytes_for(shape.value_size),
            shape.value_size);
      }
    });
  }
}

struct CpuOps::AttentionCall {
  const Tensor& queries;
  const AttentionShape& shape;
  const Batch& batch;
  const KvCache& cache;
  std::int64_t layer;
  const Tensor& out;
};

void CpuOps::attention(const Tensor& queries, const AttentionShape& shape, const Batch& batch,
                       const KvCache& cache, std::int64_t layer, Tensor out) {
  const AttentionCall call{queries, shape, batch, cache, layer, out};
  std::int64_t tile_count = 0;
  for (const SequenceSlice& slice : batch.slices) tile_count += tiles_of(slice);
  // Key/value heads one after the other: contiguous shares of whole heads are equal, and later
  // tiles, which see more keys, stand where other workers take from first.
  const std::int64_t tasks = cache.layer(layer).head_count * tile_count;
  pool_.balance(tasks, 1, [&](int worker, std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      std::int64_t tile = task % tile_count;
      std::int64_t slice = 0;
      for (; tile >= tiles_of(batch.slices[static_cast<std::size_t>(slice)]); ++slice) {
        tile -= tiles_of(batch.slices[static_cast<std::size_t>(slice)]);
      }
      attend(call, slice, task / tile_count, tile, worker);
    }
  });
}

// One tile of a slice's tokens with the query heads of one key/value head.
void CpuOps::attend(const AttentionCall& call, std::int64_t slice_index, std::int64_t kv_head,
                    std::int64_t tile, int worker) {
  const SequenceSlice& slice = call.batch.slices[static_cast<std::size_t>(slice_index)];
  const KvLayerShape& kv = call.cache.layer(call.layer);
  const std::int64_t heads = call.shape.head_count / kv.head_count;
  const std::int64_t first = tile * kernels::kAttentionTokensMax;
  const std::int64_t tokens = std::min(kernels::kAttentionTokensMax, slice.row_count - first);
  const std::int64_t first_position = slice.first_position + first;
  const std::int64_t row = slice.first_row + first;
  WorkerSpace& space = workers_[static_cast<std::size_t>(worker)];
  const std::int64_t first_seen =
      std::max<std::int64_t>(0, first_position - (call.shape.window - 1));
  const std::int64_t block_end = (first_position + tokens + kBlockTokens - 1) / kBlockTokens;
  const std::span<const std::int32_t> blocks = slice.blocks[call.cache.group(call.layer)];
  for (std::int64_t block = first_seen / kBlockTokens; block < block_end; ++block) {
    const auto index = static_cast<std::size_t>(block);
    space.key_blocks[index] = call.cache.keys(call.layer, blocks[index], kv_head);
    if (kv.has_values_in_keys) continue;
    space.value_blocks[index] = call.cache.values(call.layer, blocks[index], kv_head);
  }
  kernels_.attention({.queries = call.queries.float_row(row) + kv_head * heads * kv.key_size,
                      .query_stride = call.queries.shape.columns(),
                      .out = call.out.float_row(row) + kv_head * heads * kv.value_size,
                      .out_stride = call.out.shape.columns(),
                      .tokens = tokens,
                      .heads = heads,
                      .first_position = first_position,
                      .window = call.shape.window,
                      .key_blocks = space.key_blocks.data(),
                      .value_blocks = space.value_blocks.data(),
                      .key_type = call.cache.key_type(),
                      .value_type = call.cache.value_type(),
                      .block_tokens = kBlockTokens,
                      .head_size = kv.key_size,
                      .value_size = kv.value_size,
                      .scale = call.shape.scale,
                      .softcap = call.shape.softcap,
                      .sinks = call.shape.sinks == nullptr
                                   ? nullptr
                                   : call.shape.sinks->floats() + kv_head * heads,
                      .values_in_keys = kv.has_values_in_keys,
                      .sparse = call.shape.sparse,
                      .first_head = kv_head * heads,
                      .scratch = space.scratch});
}

}  // namespace bantam::backend
