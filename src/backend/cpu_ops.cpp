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

// Rows of a weight matrix go to workers in multiples of this: a whole register tile of every
// kernel.
constexpr std::int64_t kRowGrain = 16;

// Of one input at once, in any network.
constexpr std::size_t kProjectionsMax = 8;

// The least that a worker takes at once, in bytes of weights times tokens: below it, taking costs
// more than waiting.
constexpr std::int64_t kPieceBytesMin = std::int64_t{64} << 10;

// From so many tokens on kernels unpack rows, and want some grains of them together: their register
// tiles hold up to four, and each piece reads all activations.
constexpr std::int64_t kManyTokens = 17;
constexpr std::int64_t kGrainsOfMany = 4;

std::int64_t grains_of(const Projection& projection) {
  return (projection.weight->shape.rows() + kRowGrain - 1) / kRowGrain;
}

}  // namespace

CpuOps::CpuOps(ThreadPool& pool, const kernels::KernelTable& kernels, Plan plan,
               PackedWeights* packed)
    : pool_(pool),
      kernels_(kernels),
      packed_(packed),
      arena_(static_cast<std::size_t>(plan.arena_bytes)) {
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

void CpuOps::embed(const Tensor& table, std::span<const std::int32_t> ids, Tensor out) {
  const auto decode = kernels_.decode[static_cast<std::size_t>(table.type)];
  const std::int64_t columns = table.shape.columns();
  const auto count = static_cast<std::int64_t>(ids.size());
  const auto embed_row = [&](std::int64_t row) {
    const std::int32_t id = ids[static_cast<std::size_t>(row)];
    BANTAM_CHECK(id >= 0 && id < table.shape.rows(), "a token without a row in the embedding");
    decode(table.row(id), out.float_row(row), columns);
  };
  if (packed_ == nullptr || !is_packable(kernels_, table)) {
    for_rows(count, columns, embed_row);
    return;
  }
  // Nobody else reads this table from the file, and with a row the system maps up to megabytes
  // around it.
  constexpr std::int64_t kRowsAtOnce = 4;
  for (std::int64_t first = 0; first < count; first += kRowsAtOnce) {
    for (std::int64_t row = first; row < std::min(first + kRowsAtOnce, count); ++row) {
      embed_row(row);
    }
    packed_->give_back({table.data, static_cast<std::size_t>(table.byte_count())});
  }
}

std::byte* CpuOps::quantized(const Tensor& x, ActivationFormat format) {
  const std::int64_t columns = x.shape.columns();
  const std::int64_t row_bytes = activation_row_bytes(format, columns);
  std::byte* out = allocate_bytes(x.shape.rows() * row_bytes);
  for_rows(x.shape.rows(), columns, [&](std::int64_t row) {
    std::byte* blocks = out + row * row_bytes;
    if (format == ActivationFormat::BF16) {
      kernels_.round_bf16(x.float_row(row), columns, reinterpret_cast<std::uint16_t*>(blocks));
    } else if (format == ActivationFormat::Q8x32) {
      kernels_.quantize_q8x32(x.float_row(row), columns,
                              reinterpret_cast<kernels::ActivationQ8x32*>(blocks));
    } else {
      kernels_.quantize_q8x256(x.float_row(row), columns,
                               reinterpret_cast<kernels::ActivationQ8x256*>(blocks));
    }
  });
  return out;
}

Tensor CpuOps::in_order(const Tensor& x, const Tensor& input_order) {
  const Tensor out = allocate(x.shape);
  const auto* order = reinterpret_cast<const std::int32_t*>(input_order.data);
  const std::int64_t columns = x.shape.columns();
  for_rows(x.shape.rows(), columns, [&](std::int64_t row) {
    const float* from = x.float_row(row);
    float* to = out.float_row(row);
    for (std::int64_t i = 0; i < columns; ++i) to[i] = from[order[i]];
  });
  return out;
}

void CpuOps::linear(const Tensor& x, std::span<const Projection> projections) {
  const ArenaScope scope(*this);
  BANTAM_CHECK(projections.size() <= kProjectionsMax, "more projections of one input than planned");
  std::array<const std::byte*, kernels::kActivationFormatCount> shared{x.data};
  std::array<const std::byte*, kProjectionsMax> activations{};
  std::array<const std::byte*, kProjectionsMax> panels{};
  for (std::size_t i = 0; i < projections.size(); ++i) {
    const Projection& projection = projections[i];
    if (packed_ != nullptr) panels[i] = packed_->panels(*projection.weight, pool_);
    const auto format =
        kernels_.linear[static_cast<std::size_t>(projection.weight->type)].activation;
    if (projection.input_order != nullptr) {
      const Tensor ordered = in_order(x, *projection.input_order);
      activations[i] = format == ActivationFormat::F32 ? ordered.data : quantized(ordered, format);
      continue;
    }
    const std::byte*& form = shared[static_cast<std::size_t>(format)];
    if (form == nullptr) form = quantized(x, format);
    activations[i] = form;
  }
  std::int64_t grain_count = 0;
  for (const Projection& projection : projections) grain_count += grains_of(projection);
  // The grains of all projections are one range; a piece may hold the end of one and the start of
  // the next.
  const std::int64_t grain_bytes =
      kRowGrain * projections.front().weight->row_bytes() * x.shape.rows();
  const std::int64_t least = x.shape.rows() < kManyTokens ? 1 : kGrainsOfMany;
  const std::int64_t piece = std::max(least, kPieceBytesMin / grain_bytes);
  pool_.balance(grain_count, piece, [&](int, std::int64_t begin, std::int64_t end) {
    std::int64_t first = 0;
    for (std::size_t i = 0; i < projections.size(); ++i) {
      const std::int64_t grains = grains_of(projections[i]);
      const std::int64_t from = std::max(begin - first, std::int64_t{0});
      const std::int64_t to = std::min(end - first, grains);
      if (from < to) {
        multiply_rows(x, projections[i], activations[i], panels[i], from * kRowGrain,
                      to * kRowGrain);
      }
      first += grains;
    }
  });
}

void CpuOps::multiply_rows(const Tensor& x, const Projection& projection,
                           const std::byte* activations, const std::byte* panels,
                           std::int64_t begin, std::int64_t end) const {
  const Tensor& weight = *projection.weight;
  const kernels::LinearKernel& kernel = kernels_.linear[static_cast<std::size_t>(weight.type)];
  end = std::min(end, weight.shape.rows());
  const auto run = panels != nullptr ? kernel.run_panels : kernel.run;
  run({.weights = panels != nullptr ? panels : weight.data,
       .row_bytes = weight.row_bytes(),
       .row_begin = begin,
       .row_end = end,
       .columns = weight.shape.columns(),
       .activations = activations,
       .activation_bytes = activation_row_bytes(kernel.activation, weight.shape.columns()),
       .tokens = x.shape.rows(),
       .out = projection.out.floats(),
       .out_stride = projection.out.shape.columns()});
  if (projection.bias == nullptr) return;
  for (std::int64_t row = 0; row < x.shape.rows(); ++row) {
    float* values = projection.out.float_row(row) + begin;
    kernels_.add(values, projection.bias->floats() + begin, end - begin, values);
  }
}

void CpuOps::norm(const Tensor& x, const Norm& norm, Tensor out) {
  const std::int64_t columns = x.shape.columns();
  const std::int64_t weight_rows = norm.weight->shape.rows();
  for_rows(x.shape.rows(), columns, [&](std::int64_t row) {
    const float* weight = norm.weight->float_row(weight_rows == 1 ? 0 : row % weight_rows);
    if (norm.kind == NormKind::Rms) {
      kernels_.rms_norm(x.float_row(row), weight, norm.epsilon, columns, out.float_row(row));
    } else {
      kernels_.layer_norm(x.float_row(row), weight,
                          norm.bias == nullptr ? nullptr : norm.bias->floats(), norm.epsilon,
                          columns, out.float_row(row));
    }
  });
}

void CpuOps::rope_angles(const RopeFrequencies& rope, const Batch& batch,
                         const RopeAngles& angles) {
  const std::int64_t pairs = rope.rotated_size() / 2;
  for (const SequenceSlice& slice : batch.slices) {
    const std::vector<float>& frequencies =
        slice.is_long_rope && !rope.long_inverse_frequencies.empty() ? rope.long_inverse_frequencies
                                                                     : rope.inverse_frequencies;
    // Sine and cosine cost far more than a value elsewhere.
    for_rows(slice.row_count, pairs * 16, [&](std::int64_t index) {
      const std::int64_t row = slice.first_row + index;
      const double position = batch.positions[static_cast<std::size_t>(row)];
      for (std::int64_t pair = 0; pair < pairs; ++pair) {
        const double angle =
            position * static_cast<double>(frequencies[static_cast<std::size_t>(pair)]);
        angles.cosines.float_row(row)[pair] = static_cast<float>(std::cos(angle)) * rope.magnitude;
        angles.sines.float_row(row)[pair] = static_cast<float>(std::sin(angle)) * rope.magnitude;
      }
    });
  }
}

void CpuOps::rope(const HeadPart& x, RopePairs pairs, const RopeAngles& angles) {
  const auto rotate = pairs == RopePairs::Neighbours ? kernels_.rope_pairs : kernels_.rope_halves;
  const std::int64_t columns = x.tensor.shape.columns();
  for_rows(x.tensor.shape.rows(), columns, [&](std::int64_t row) {
    for (std::int64_t first = x.offset; first < columns; first += x.head_size) {
      rotate(x.tensor.float_row(row) + first, angles.cosines.float_row(row),
             angles.sines.float_row(row), x.size);
    }
  });
}

void CpuOps::copy(const HeadPart& from, const HeadPart& to) {
  const auto bytes = static_cast<std::size_t>(from.size) * sizeof(float);
  for_rows(from.tensor.shape.rows(), to.size * to.head_count(), [&](std::int64_t row) {
    for (std::int64_t head = 0; head < from.head_count(); ++head) {
      std::memcpy(to.tensor.float_row(row) + head * to.head_size + to.offset,
                  from.tensor.float_row(row) + head * from.head_size + from.offset, bytes);
    }
  });
}

void CpuOps::head_linear(const HeadPart& x, std::span<const Tensor> weights, const HeadPart& out) {
  const ArenaScope scope(*this);
  const std::int64_t rows = x.tensor.shape.rows();
  const Tensor head_x = allocate({rows, x.size});
  const Tensor head_out = allocate({rows, out.size});
  for (std::size_t head = 0; head < weights.size(); ++head) {
    const auto at = static_cast<std::int64_t>(head);
    for (std::int64_t row = 0; row < rows; ++row) {
      std::memcpy(head_x.float_row(row), x.tensor.float_row(row) + at * x.head_size + x.offset,
                  static_cast<std::size_t>(x.size) * sizeof(float));
    }
    linear(head_x, std::array{Projection{&weights[head], nullptr, head_out}});
    for (std::int64_t row = 0; row < rows; ++row) {
      std::memcpy(out.tensor.float_row(row) + at * out.head_size + out.offset,
                  head_out.float_row(row), static_cast<std::size_t>(out.size) * sizeof(float));
    }
  }
}

void CpuOps::activate(kernels::Activation activation, const Tensor& x, Tensor out) {
  const std::int64_t columns = x.shape.columns();
  const auto apply = kernels_.activate[static_cast<std::size_t>(activation)];
  for_rows(x.shape.rows(), columns,
           [&](std::int64_t row) { apply(x.float_row(row), columns, out.float_row(row)); });
}

void CpuOps::xielu(const Xielu& numbers, const Tensor& x, Tensor out) {
  const std::int64_t columns = x.shape.columns();
  for_rows(x.shape.rows(), columns * 8, [&](std::int64_t row) {
    const float* from = x.float_row(row);
    float* to = out.float_row(row);
    for (std::int64_t i = 0; i < columns; ++i) {
      const float value = from[i];
      const float curve =
          value > 0 ? numbers.positive * value * value
                    : (std::expm1(std::min(value, numbers.epsilon)) - value) * numbers.negative;
      to[i] = curve + numbers.slope * value;
    }
  });
}

void CpuOps::gate(kernels::Activation activation, const Tensor& gate, const Tensor& up,
                  Tensor out) {
  const std::int64_t columns = gate.shape.columns();
  const auto apply = kernels_.gate[static_cast<std::size_t>(activation)];
  for_rows(gate.shape.rows(), columns, [&](std::int64_t row) {
    apply(gate.float_row(row), up.float_row(row), columns, out.float_row(row));
  });
}

void CpuOps::gate_clamped(const Tensor& gate, const Tensor& up, float limit, Tensor out) {
  const std::int64_t columns = out.shape.columns();
  for_rows(out.shape.rows(), columns, [&](std::int64_t row) {
    const float* gates = gate.float_row(row);
    const float* ups = up.empty() ? gates + 1 : up.float_row(row);
    kernels_.gate_clamped(gates, ups, up.empty() ? 2 : 1, limit, columns, out.float_row(row));
  });
}

void CpuOps::scale(const Tensor& x, float factor, Tensor out) {
  const std::int64_t columns = x.shape.columns();
  for_rows(x.shape.rows(), columns, [&](std::int64_t row) {
    kernels_.scale(x.float_row(row), factor, columns, out.float_row(row));
  });
}

void CpuOps::scale_rows(const Tensor& x, const Tensor& factors, Tensor out) {
  const std::int64_t columns = x.shape.columns();
  for_rows(x.shape.rows(), columns, [&](std::int64_t row) {
    kernels_.scale(x.float_row(row), factors.floats()[row], columns, out.float_row(row));
  });
}

void CpuOps::scale_by_position(const Tensor& x, const Batch& batch, double slope,
                               std::int64_t period) {
  const std::int64_t columns = x.shape.columns();
  for_rows(x.shape.rows(), columns, [&](std::int64_t row) {
    const std::int64_t periods = batch.positions[static_cast<std::size_t>(row)] / period;
    const double factor = 1 + slope * std::log1p(static_cast<double>(periods));
    kernels_.scale(x.float_row(row), static_cast<float>(factor), columns, x.float_row(row));
  });
}

void CpuOps::softcap(const Tensor& x, float cap, Tensor out) {
  const std::int64_t columns = x.shape.columns();
  for_rows(x.shape.rows(), columns, [&](std::int64_t row) {
    kernels_.softcap(x.float_row(row), cap, columns, out.float_row(row));
  });
}

void CpuOps::add(const Tensor& a, const Tensor& b, float factor, Tensor out) {
  const std::int64_t columns = a.shape.columns();
  for_rows(a.shape.rows(), columns, [&](std::int64_t row) {
    if (factor == 1) {
      kernels_.add(a.float_row(row), b.float_row(row), columns, out.float_row(row));
    } else {
      kernels_.add_scaled(a.float_row(row), b.float_row(row), factor, columns, out.float_row(row));
    }
  });
}

void CpuOps::gather_rows(const Tensor& x, std::span<const std::int32_t> rows, Tensor out) {
  const auto bytes = static_cast<std::size_t>(x.row_bytes());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::memcpy(out.row(static_cast<std::int64_t>(i)), x.row(rows[i]), bytes);
  }
}

}  // namespace bantam::backend
