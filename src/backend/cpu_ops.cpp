#include "backend/cpu_ops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "backend/activation_scratch.h"
#include "base/check.h"
#include "tensor/quant_format.h"

namespace bantam::backend {

using kernels::ActivationFormat;

namespace {

// Below this many values an operation is faster on one thread than a round of the pool.
constexpr std::int64_t kParallelValuesMin = 16384;
// Rows of a weight matrix go to workers in multiples of this: a whole register tile of every
// kernel.
constexpr std::int64_t kRowGrain = 16;

}  // namespace

CpuOps::CpuOps(ThreadPool& pool, const kernels::KernelTable& kernels, Plan plan)
    : pool_(pool), kernels_(kernels), arena_(static_cast<std::size_t>(plan.arena_bytes)) {
  const std::int64_t floats =
      kernels::attention_scratch_floats(kernels::kAttentionTokensMax, plan.heads_per_kv_max,
                                        kBlockTokens, plan.head_size_max, plan.head_size_max);
  const std::int64_t bytes = align_up(floats * static_cast<std::int64_t>(sizeof(float)));
  attention_scratch_ = Buffer(static_cast<std::size_t>(bytes * pool_.worker_count()));
  const auto blocks =
      static_cast<std::size_t>((plan.context_tokens + kBlockTokens - 1) / kBlockTokens);
  for (int worker = 0; worker < pool_.worker_count(); ++worker) {
    workers_.push_back({reinterpret_cast<float*>(attention_scratch_.data() + bytes * worker),
                        std::vector<const std::byte*>(blocks),
                        std::vector<const std::byte*>(blocks)});
  }
}

std::byte* CpuOps::allocate_bytes(std::int64_t bytes) {
  std::byte* memory = arena_.data() + arena_used_;
  arena_used_ += align_up(bytes);
  BANTAM_CHECK(arena_used_ <= static_cast<std::int64_t>(arena_.size()),
               "a pass needs more memory than was planned for it");
  return memory;
}

Tensor CpuOps::allocate(Shape shape) {
  Tensor tensor{DType::F32, shape, nullptr};
  tensor.data = allocate_bytes(tensor.byte_count());
  return tensor;
}

template <typename Work>
void CpuOps::for_rows(std::int64_t rows, std::int64_t values_a_row, const Work& work) {
  const auto range = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) work(row);
  };
  if (rows * values_a_row < kParallelValuesMin) {
    range(0, rows);
  } else {
    pool_.split(rows, 1, range);
  }
}

void CpuOps::embed(const Tensor& table, std::span<const std::int32_t> ids, Tensor out) {
  const auto decode = kernels_.decode[static_cast<std::size_t>(table.type)];
  const std::int64_t columns = table.shape.columns();
  for_rows(static_cast<std::int64_t>(ids.size()), columns, [&](std::int64_t row) {
    decode(table.row(ids[static_cast<std::size_t>(row)]), out.float_row(row), columns);
  });
}

std::byte* CpuOps::quantized(const Tensor& x, ActivationFormat format) {
  const std::int64_t columns = x.shape.columns();
  const std::int64_t row_bytes = activation_row_bytes(format, columns);
  std::byte* out = allocate_bytes(x.shape.rows() * row_bytes);
  for_rows(x.shape.rows(), columns, [&](std::int64_t row) {
    std::byte* blocks = out + row * row_bytes;
    if (format == ActivationFormat::Q8x32) {
      kernels_.quantize_q8x32(x.float_row(row), columns,
                              reinterpret_cast<kernels::ActivationQ8x32*>(blocks));
    } else {
      kernels_.quantize_q8x256(x.float_row(row), columns,
                               reinterpret_cast<kernels::ActivationQ8x256*>(blocks));
    }
  });
  return out;
}

void CpuOps::linear(const Tensor& x, std::span<const Projection> projections) {
  const ArenaScope scope(*this);
  std::array<const std::byte*, 3> activations{x.data, nullptr, nullptr};
  for (const Projection& projection : projections) {
    const auto format =
        kernels_.linear[static_cast<std::size_t>(projection.weight->type)].activation;
    const std::byte*& form = activations[static_cast<std::size_t>(format)];
    if (form == nullptr) form = quantized(x, format);
  }
  const std::int64_t workers = pool_.worker_count();
  pool_.run([&](int worker) {
    for (const Projection& projection : projections) {
      const Tensor& weight = *projection.weight;
      const kernels::LinearKernel& kernel = kernels_.linear[static_cast<std::size_t>(weight.type)];
      const std::int64_t rows = weight.shape.rows();
      const std::int64_t grains = (rows + kRowGrain - 1) / kRowGrain;
      const std::int64_t begin = std::min(rows, grains * worker / workers * kRowGrain);
      const std::int64_t end = std::min(rows, grains * (worker + 1) / workers * kRowGrain);
      if (begin == end) continue;
      kernel.run(
          {.weights = weight.data,
           .row_bytes = weight.row_bytes(),
           .row_begin = begin,
           .row_end = end,
           .columns = weight.shape.columns(),
           .activations = activations[static_cast<std::size_t>(kernel.activation)],
           .activation_bytes = activation_row_bytes(kernel.activation, weight.shape.columns()),
           .tokens = x.shape.rows(),
           .out = projection.out.floats(),
           .out_stride = projection.out.shape.columns()});
      if (projection.bias == nullptr) continue;
      for (std::int64_t row = 0; row < x.shape.rows(); ++row) {
        float* values = projection.out.float_row(row) + begin;
        kernels_.add(values, projection.bias->floats() + begin, end - begin, values);
      }
    }
  });
}

void CpuOps::rms_norm(const Tensor& x, const Tensor& weight, float epsilon, Tensor out) {
  const std::int64_t columns = x.shape.columns();
  for_rows(x.shape.rows(), columns, [&](std::int64_t row) {
    kernels_.rms_norm(x.float_row(row), weight.floats(), epsilon, columns, out.float_row(row));
  });
}

void CpuOps::rope_angles(const RopeFrequencies& rope, std::span<const std::int32_t> positions,
                         const RopeAngles& angles) {
  const std::int64_t pairs = rope.rotated_size() / 2;
  // Sine and cosine cost far more than a value elsewhere.
  for_rows(static_cast<std::int64_t>(positions.size()), pairs * 16, [&](std::int64_t row) {
    const double position = positions[static_cast<std::size_t>(row)];
    for (std::int64_t pair = 0; pair < pairs; ++pair) {
      const double angle =
          position * static_cast<double>(rope.inverse_frequencies[static_cast<std::size_t>(pair)]);
      angles.cosines.float_row(row)[pair] = static_cast<float>(std::cos(angle));
      angles.sines.float_row(row)[pair] = static_cast<float>(std::sin(angle));
    }
  });
}

void CpuOps::rope(Tensor x, std::int64_t head_size, const RopeFrequencies& rope,
                  const RopeAngles& angles) {
  const auto rotate =
      rope.pairs == RopePairs::Neighbours ? kernels_.rope_pairs : kernels_.rope_halves;
  const std::int64_t columns = x.shape.columns();
  for_rows(x.shape.rows(), columns, [&](std::int64_t row) {
    for (std::int64_t head = 0; head < columns; head += head_size) {
      rotate(x.float_row(row) + head, angles.cosines.float_row(row), angles.sines.float_row(row),
             rope.rotated_size());
    }
  });
}

void CpuOps::write_kv(const Tensor& keys, const Tensor& values, const Batch& batch, KvCache& cache,
                      std::int64_t layer) {
  const KvLayerShape& shape = cache.layer(layer);
  const QuantFormat& key_format = quant_format(cache.key_type());
  const QuantFormat& value_format = quant_format(cache.value_type());
  for (const SequenceSlice& slice : batch.slices) {
    for_rows(slice.row_count, keys.shape.columns(), [&](std::int64_t index) {
      const std::int64_t row = slice.first_row + index;
      const std::int64_t position = slice.first_position + index;
      const std::int32_t block = slice.blocks[static_cast<std::size_t>(position / kBlockTokens)];
      const std::int64_t place = position % kBlockTokens;
      for (std::int64_t head = 0; head < shape.head_count; ++head) {
        key_format.encode(
            keys.float_row(row) + head * shape.key_size,
            cache.keys(layer, block, head) + place * key_format.bytes_for(shape.key_size),
            shape.key_size);
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
  const std::int64_t kv_heads = cache.layer(layer).head_count;
  const std::int64_t workers = pool_.worker_count();
  const auto tiles_of = [](const SequenceSlice& slice) {
    return (slice.row_count + kernels::kAttentionTokensMax - 1) / kernels::kAttentionTokensMax;
  };
  std::int64_t tasks = 0;
  for (const SequenceSlice& slice : batch.slices) tasks += tiles_of(slice) * kv_heads;
  // Tasks go round the workers in turn: later tiles see more keys, so contiguous shares would be
  // uneven.
  pool_.run([&](int worker) {
    std::int64_t task = 0;
    for (std::size_t slice = 0; slice < batch.slices.size(); ++slice) {
      const std::int64_t tiles = tiles_of(batch.slices[slice]);
      for (std::int64_t tile = 0; tile < tiles; ++tile) {
        for (std::int64_t head = 0; head < kv_heads; ++head, ++task) {
          if (task % workers != worker) continue;
          attend(call, static_cast<std::int64_t>(slice), head, tile, worker);
        }
      }
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
  for (std::int64_t block = first_seen / kBlockTokens; block < block_end; ++block) {
    const auto index = static_cast<std::size_t>(block);
    space.key_blocks[index] = call.cache.keys(call.layer, slice.blocks[index], kv_head);
    space.value_blocks[index] = call.cache.values(call.layer, slice.blocks[index], kv_head);
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
                      .scratch = space.scratch});
}

void CpuOps::silu_multiply(const Tensor& gate, const Tensor& up, Tensor out) {
  const std::int64_t columns = gate.shape.columns();
  for_rows(gate.shape.rows(), columns, [&](std::int64_t row) {
    kernels_.silu_multiply(gate.float_row(row), up.float_row(row), columns, out.float_row(row));
  });
}

void CpuOps::add(const Tensor& a, const Tensor& b, Tensor out) {
  const std::int64_t columns = a.shape.columns();
  for_rows(a.shape.rows(), columns, [&](std::int64_t row) {
    kernels_.add(a.float_row(row), b.float_row(row), columns, out.float_row(row));
  });
}

void CpuOps::gather_rows(const Tensor& x, std::span<const std::int32_t> rows, Tensor out) {
  const auto bytes = static_cast<std::size_t>(x.row_bytes());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::memcpy(out.row(static_cast<std::int64_t>(i)), x.row(rows[i]), bytes);
  }
}

}  // namespace bantam::backend
