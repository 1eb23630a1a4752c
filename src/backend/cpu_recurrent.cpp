// Layers with a state, on CpuOps.
#include <cstring>

#include "backend/cpu_ops.h"
#include "kernels/recurrent.h"

namespace bantam::backend {
namespace {

// Channels of a convolution that one worker takes at a time.
constexpr std::int64_t kChannelGrain = 64;

}  // namespace

// The state of a slice's sequence, which begins as zeros.
float* CpuOps::state_of(const SequenceSlice& slice, const KvCache& cache, StatePart part,
                        std::int64_t float_count) {
  const std::int32_t block = slice.blocks[cache.state_group(part.layer)].front();
  auto* state = reinterpret_cast<float*>(cache.state(part.layer, block) + part.offset);
  if (slice.first_position == 0) {
    std::memset(state, 0, static_cast<std::size_t>(float_count) * sizeof(float));
  }
  return state;
}

void CpuOps::convolve(const Tensor& x, const Tensor& weight, const Tensor* bias, const Batch& batch,
                      KvCache& cache, StatePart state, Tensor out) {
  const std::int64_t channels = x.shape.columns();
  const std::int64_t taps = weight.shape.columns();
  for (const SequenceSlice& slice : batch.slices) {
    kernels::ConvolutionTask task{.x = x.float_row(slice.first_row),
                                  .x_stride = channels,
                                  .out = out.float_row(slice.first_row),
                                  .out_stride = out.shape.columns(),
                                  .weights = weight.floats(),
                                  .bias = bias == nullptr ? nullptr : bias->floats(),
                                  .history = state_of(slice, cache, state, (taps - 1) * channels),
                                  .channels = channels,
                                  .channel_begin = 0,
                                  .channel_end = channels,
                                  .taps = taps,
                                  .tokens = slice.row_count};
    pool_.balance(channels, kChannelGrain, [&](int, std::int64_t begin, std::int64_t end) {
      kernels::ConvolutionTask part = task;
      part.channel_begin = begin;
      part.channel_end = end;
      kernels::convolve(part);
    });
  }
}

void CpuOps::scan_states(const StateSpace& inputs, const Batch& batch, KvCache& cache,
                         StatePart state, Tensor out) {
  const std::int64_t heads = inputs.dt.shape.columns();
  const std::int64_t head_size = inputs.x.shape.columns() / heads;
  const std::int64_t state_size = inputs.b.shape.columns() / inputs.group_count;
  const std::int64_t heads_per_group = heads / inputs.group_count;
  for (const SequenceSlice& slice : batch.slices) {
    float* states = state_of(slice, cache, state, heads * head_size * state_size);
    const std::int64_t row = slice.first_row;
    pool_.balance(heads, 1, [&](int, std::int64_t begin, std::int64_t end) {
      for (std::int64_t head = begin; head < end; ++head) {
        const std::int64_t group = head / heads_per_group * state_size;
        kernels::scan_states({.x = inputs.x.float_row(row) + head * head_size,
                              .x_stride = inputs.x.shape.columns(),
                              .b = inputs.b.float_row(row) + group,
                              .c = inputs.c.float_row(row) + group,
                              .bc_stride = inputs.b.shape.columns(),
                              .dt = inputs.dt.float_row(row) + head,
                              .dt_stride = heads,
                              .out = out.float_row(row) + head * head_size,
                              .out_stride = out.shape.columns(),
                              .state = states + head * head_size * state_size,
                              .decay = inputs.decay->floats()[head],
                              .skip = inputs.skip->floats()[head],
                              .step_bias = inputs.step_bias->floats()[head],
                              .head_size = head_size,
                              .state_size = state_size,
                              .tokens = slice.row_count});
      }
    });
  }
}

void CpuOps::apply_delta_rule(const DeltaRule& inputs, const Batch& batch, KvCache& cache,
                              StatePart state, Tensor out) {
  const std::int64_t heads = inputs.a.shape.columns();
  const std::int64_t key_size = inputs.keys.shape.columns() / inputs.key_head_count;
  const std::int64_t value_size = inputs.values.shape.columns() / heads;
  for (const SequenceSlice& slice : batch.slices) {
    float* states = state_of(slice, cache, state, heads * key_size * value_size);
    const std::int64_t row = slice.first_row;
    pool_.balance(heads, 1, [&](int, std::int64_t begin, std::int64_t end) {
      for (std::int64_t head = begin; head < end; ++head) {
        const std::int64_t key_head =
            inputs.is_tiled ? head % inputs.key_head_count : head / (heads / inputs.key_head_count);
        kernels::apply_delta_rule({.queries = inputs.queries.float_row(row) + key_head * key_size,
                                   .keys = inputs.keys.float_row(row) + key_head * key_size,
                                   .key_stride = inputs.keys.shape.columns(),
                                   .values = inputs.values.float_row(row) + head * value_size,
                                   .value_stride = inputs.values.shape.columns(),
                                   .a = inputs.a.float_row(row) + head,
                                   .b = inputs.b.float_row(row) + head,
                                   .gate_stride = heads,
                                   .out = out.float_row(row) + head * value_size,
                                   .out_stride = out.shape.columns(),
                                   .state = states + head * key_size * value_size,
                                   .rate = inputs.rate->floats()[head],
                                   .step_bias = inputs.step_bias->floats()[head],
                                   .key_size = key_size,
                                   .value_size = value_size,
                                   .tokens = slice.row_count});
      }
    });
  }
}

}  // namespace bantam::backend
