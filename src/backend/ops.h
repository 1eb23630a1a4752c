// The operations a model is made of, on one device. Coarse on purpose: each is worth a kernel
// launch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backend/batch.h"
#include "backend/kv_cache.h"
#include "tensor/tensor.h"

namespace bantam::backend {

// Which values of a head rotate together: (2i, 2i+1), or (i, i + n/2).
enum class RopePairs { Neighbours, Halves };

// Rotary position embedding: pair i of a head turns by position * inverse_frequencies[i].
struct RopeFrequencies {
  std::vector<float> inverse_frequencies;  // [rotated / 2]
  RopePairs pairs = RopePairs::Halves;
  std::int64_t rotated_size() const {
    return static_cast<std::int64_t>(inverse_frequencies.size()) * 2;
  }
};

// Cosines and sines of a batch's positions, made once a pass.
struct RopeAngles {
  Tensor cosines;  // [rows, rotated / 2]
  Tensor sines;
};

// A matrix product of `linear`: out[row] = weight · x[row] + bias.
struct Projection {
  const Tensor* weight;  // [outputs, inputs] in any weight type
  const Tensor* bias;    // [outputs] F32, or null
  Tensor out;            // [rows, outputs] F32
};

struct AttentionShape {
  std::int64_t head_count = 0;
  std::int64_t head_size = 0;
  float scale = 0;
  std::int64_t window = INT64_MAX;  // keys that a token sees, itself included
};

// Implementations compute (CpuOps) or count (CostOps). Activations are F32 tensors [rows, values].
// Row r of every result depends only on row r of the inputs, the weights and the cache. One thread
// calls.
class Ops {
 public:
  virtual ~Ops() = default;

  // A new activation, its content undefined, valid until released. Throws nothing: space was
  // planned.
  virtual Tensor allocate(Shape shape) = 0;
  // Everything allocated after mark() is released by release(mark).
  virtual std::int64_t mark() const = 0;
  virtual void release(std::int64_t mark) = 0;

  // out[r] = row ids[r] of table. Ids are valid.
  virtual void embed(const Tensor& table, std::span<const std::int32_t> ids, Tensor out) = 0;
  // All projections of the same x at once.
  virtual void linear(const Tensor& x, std::span<const Projection> projections) = 0;
  // out may be x.
  virtual void rms_norm(const Tensor& x, const Tensor& weight, float epsilon, Tensor out) = 0;
  virtual void rope_angles(const RopeFrequencies& rope, std::span<const std::int32_t> positions,
                           const RopeAngles& angles) = 0;
  // Rotates the first rotated_size values of each head of x [rows, heads * head_size] in place.
  virtual void rope(Tensor x, std::int64_t head_size, const RopeFrequencies& rope,
                    const RopeAngles& angles) = 0;
  // Stores keys and values [rows, kv heads * size] at the batch's positions.
  virtual void write_kv(const Tensor& keys, const Tensor& values, const Batch& batch,
                        KvCache& cache, std::int64_t layer) = 0;
  // Causal attention of queries [rows, heads * head_size] over the cache, this batch's rows
  // included.
  virtual void attention(const Tensor& queries, const AttentionShape& shape, const Batch& batch,
                         const KvCache& cache, std::int64_t layer, Tensor out) = 0;
  // out = silu(gate) * up; out may be either.
  virtual void silu_multiply(const Tensor& gate, const Tensor& up, Tensor out) = 0;
  // out = a + b; out may be either.
  virtual void add(const Tensor& a, const Tensor& b, Tensor out) = 0;
  // out[i] = x[rows[i]].
  virtual void gather_rows(const Tensor& x, std::span<const std::int32_t> rows, Tensor out) = 0;
};

// Releases what was allocated during its life.
class ArenaScope {
 public:
  explicit ArenaScope(Ops& ops) : ops_(ops), mark_(ops.mark()) {}
  ~ArenaScope() { ops_.release(mark_); }
  ArenaScope(const ArenaScope&) = delete;
  ArenaScope& operator=(const ArenaScope&) = delete;

 private:
  Ops& ops_;
  std::int64_t mark_;
};

}  // namespace bantam::backend
