// The operations a model is made of, on one device. Coarse on purpose: each is worth a kernel
// launch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backend/batch.h"
#include "backend/kv_cache.h"
#include "kernels/kernel_table.h"
#include "tensor/tensor.h"

namespace bantam::backend {

// Which values of a head rotate together: (2i, 2i+1), or (i, i + n/2).
enum class RopePairs { Neighbours, Halves };

// Rotary position embedding: pair i of a head turns by position * inverse_frequencies[i].
struct RopeFrequencies {
  std::vector<float> inverse_frequencies;       // [rotated / 2]
  std::vector<float> long_inverse_frequencies;  // for slices in long-rope mode; empty: the same
  float magnitude = 1;                          // cosines and sines are multiplied by it
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
  const Tensor* weight;                 // [outputs, inputs] in any weight type
  const Tensor* bias;                   // [outputs] F32, or null
  Tensor out;                           // [rows, outputs] F32
  const Tensor* input_order = nullptr;  // as in LinearWeights, or null
};

// Values [offset, offset + size) of every head of a tensor [rows, heads * head_size].
struct HeadPart {
  Tensor tensor;
  std::int64_t head_size = 0;
  std::int64_t offset = 0;
  std::int64_t size = 0;
  std::int64_t head_count() const { return tensor.shape.columns() / head_size; }
};

enum class NormKind { Rms, Layer };

// A normalization and its weights.
struct Norm {
  NormKind kind = NormKind::Rms;
  float epsilon = 0;
  const Tensor* weight = nullptr;  // [columns] F32, or [k, columns]: row r uses weight row r mod k
  const Tensor* bias = nullptr;    // [columns] F32, or null; for NormKind::Layer
};

struct AttentionShape {
  std::int64_t head_count = 0;
  std::int64_t head_size = 0;
  float scale = 0;
  std::int64_t window = INT64_MAX;  // keys that a token sees, itself included
  float softcap = 0;                // on scores; 0: none
  const Tensor* sinks = nullptr;    // [heads] F32: one more score of each head; or null
  kernels::SparseBlocks sparse = {};
};

// How the experts of a token are chosen from the router's outputs.
struct ExpertRouting {
  enum class Scores { Softmax, Sigmoid, SoftmaxOfChosen };
  std::int64_t expert_count = 0;
  std::int64_t used_count = 0;
  Scores scores = Scores::Softmax;
  bool is_renormalised = false;  // the weights of the chosen are divided by their sum
  float scale = 1;               // on the weights, last
  // Experts stand in groups; only those of the best `used_groups` can be chosen. A group's score is
  // the sum of its `group_best` best scores.
  std::int64_t group_count = 1;
  std::int64_t used_groups = 1;
  std::int64_t group_best = 2;
};

// The experts of each row, best first.
struct ExpertChoice {
  Tensor ids;      // [rows, used] I32
  Tensor weights;  // [rows, used] F32
};

// A part of a layer's state: floats from `offset` bytes on.
struct StatePart {
  std::int64_t layer = 0;
  std::int64_t offset = 0;
};

// A selective state space over a batch; see kernels/recurrent.h.
struct StateSpace {
  Tensor x;                       // [rows, heads * head size]
  Tensor b, c;                    // [rows, groups * state size]; heads stand in groups, in order
  Tensor dt;                      // [rows, heads]
  const Tensor* decay = nullptr;  // [heads] F32
  const Tensor* skip = nullptr;
  const Tensor* step_bias = nullptr;
  std::int64_t group_count = 1;
};

// The gated delta rule over a batch; see kernels/recurrent.h.
struct DeltaRule {
  Tensor queries, keys;          // [rows, key heads * key size]
  Tensor values;                 // [rows, value heads * value size]
  Tensor a, b;                   // [rows, value heads]
  const Tensor* rate = nullptr;  // [value heads] F32
  const Tensor* step_bias = nullptr;
  std::int64_t key_head_count = 1;
  // Value head h belongs to key head h mod count, not to h / (value heads / count).
  bool is_tiled = false;
};

// A matrix with its bias.
struct LinearWeights {
  Tensor weight;  // [outputs, inputs], any weight type
  Tensor bias;    // [outputs] F32, or empty
  // Column c of the weight belongs to input input_order[c]; I32 [inputs], or empty: to input c.
  Tensor input_order = {};
};

inline Projection project(const LinearWeights& weights, const Tensor& out) {
  return {&weights.weight, weights.bias.empty() ? nullptr : &weights.bias, out,
          weights.input_order.empty() ? nullptr : &weights.input_order};
}

// A feed-forward network: down(activation(gate(x)) * up(x)), or down(activation(up(x))).
struct FfnWeights {
  LinearWeights gate;  // empty where there is none
  LinearWeights up;    // [2 * size, hidden] where gate and up alternate in its rows
  LinearWeights down;
};

// The activation xIELU (Huang and Schlag 2024): with slope b, p x^2 + b x above 0 and
// n (exp(min(x, epsilon)) - 1 - x) + b x elsewhere.
struct Xielu {
  float positive = 0;  // p
  float negative = 0;  // n
  float slope = 0;
  float epsilon = 0;
};

// What happens between the matrices of a feed-forward network.
struct FfnShape {
  std::int64_t size = 0;
  kernels::Activation activation = kernels::Activation::Silu;
  bool is_gated = true;
  bool is_interleaved = false;  // rows of `up` alternate gate, up
  float clamp = 0;              // above 0: the clamped gate of gpt-oss, with this limit
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

  // out[r] = row ids[r] of table, or row 0 for an id past the table's end. No id is negative.
  virtual void embed(const Tensor& table, std::span<const std::int32_t> ids, Tensor out) = 0;
  // All projections of the same x at once.
  virtual void linear(const Tensor& x, std::span<const Projection> projections) = 0;
  // out may be x.
  virtual void norm(const Tensor& x, const Norm& norm, Tensor out) = 0;
  virtual void rope_angles(const RopeFrequencies& rope, const Batch& batch,
                           const RopeAngles& angles) = 0;
  // Rotates the part, whose size is the rotated size, in place.
  virtual void rope(const HeadPart& x, RopePairs pairs, const RopeAngles& angles) = 0;
  // Parts of the same number of heads and of the same size.
  virtual void copy(const HeadPart& from, const HeadPart& to) = 0;
  // Each head has a matrix of its own: weights[head] is [out.size, x.size].
  virtual void head_linear(const HeadPart& x, std::span<const Tensor> weights,
                           const HeadPart& out) = 0;
  // Stores keys and values [rows, kv heads * size] at the batch's positions; `values` is empty for
  // a layer whose values lie in its keys.
  virtual void write_kv(const Tensor& keys, const Tensor& values, const Batch& batch,
                        KvCache& cache, std::int64_t layer) = 0;
  // Causal attention of queries [rows, heads * head_size] over the cache, this batch's rows
  // included.
  virtual void attention(const Tensor& queries, const AttentionShape& shape, const Batch& batch,
                         const KvCache& cache, std::int64_t layer, Tensor out) = 0;
  // out = activation(x); out may be x.
  virtual void activate(kernels::Activation activation, const Tensor& x, Tensor out) = 0;
  virtual void xielu(const Xielu& numbers, const Tensor& x, Tensor out) = 0;  // out may be x
  // out = activation(gate) * up; out may be either.
  virtual void gate(kernels::Activation activation, const Tensor& gate, const Tensor& up,
                    Tensor out) = 0;
  // The clamped gate of kernels::KernelTable::gate_clamped; `up` empty: the rows of `gate`
  // [rows, 2 * size] alternate gates and ups. out [rows, size].
  virtual void gate_clamped(const Tensor& gate, const Tensor& up, float limit, Tensor out) = 0;
  // out = max(0, x - (mean + deviations * standard deviation)), both of the row; out may be x.
  virtual void keep_above(const Tensor& x, float deviations, Tensor out) = 0;
  // out = x * factor; out may be x.
  virtual void scale(const Tensor& x, float factor, Tensor out) = 0;
  // Row r of out = row r of x times factors[r], one number a row; out may be x.
  virtual void scale_rows(const Tensor& x, const Tensor& factors, Tensor out) = 0;
  // Row r of x, at position p, times 1 + slope * ln(1 + floor(p / period)), in place.
  virtual void scale_by_position(const Tensor& x, const Batch& batch, double slope,
                                 std::int64_t period) = 0;
  // out = cap * tanh(x / cap); out may be x.
  virtual void softcap(const Tensor& x, float cap, Tensor out) = 0;
  // out = a + factor * b; out may be either.
  virtual void add(const Tensor& a, const Tensor& b, float factor, Tensor out) = 0;
  // Parts of a and out [parts * rows, columns], and of x, lie one after the other; factors [rows,
  // parts * parts of x]. Row r of part p: out = a + sum over the parts q of x of
  // factors[r][p * parts of x + q] * x. out may be a, but not x.
  virtual void add_mixtures(const Tensor& a, const Tensor& x, const Tensor& factors,
                            Tensor out) = 0;
  // out = x * sqrt(mean square of target / max(mean square of x, square_min)), both of the row; out
  // may be either.
  virtual void match_magnitude(const Tensor& x, const Tensor& target, float square_min,
                               Tensor out) = 0;
  // out = a * b, of which b has the rows of a or one for all of them; out may be either.
  virtual void multiply(const Tensor& a, const Tensor& b, Tensor out) = 0;
  // A causal convolution of every channel of x [rows, channels] over the tokens of each sequence;
  // weight [channels, taps]; bias [channels] or null. The state is the last taps - 1 inputs.
  virtual void convolve(const Tensor& x, const Tensor& weight, const Tensor* bias,
                        const Batch& batch, KvCache& cache, StatePart state, Tensor out) = 0;
  virtual void scan_states(const StateSpace& inputs, const Batch& batch, KvCache& cache,
                           StatePart state, Tensor out) = 0;
  virtual void apply_delta_rule(const DeltaRule& inputs, const Batch& batch, KvCache& cache,
                                StatePart state, Tensor out) = 0;
  // logits [rows, experts]; bias [experts] acts on the choice alone, or is null.
  virtual void choose_experts(const Tensor& logits, const Tensor* bias,
                              const ExpertRouting& routing, const ExpertChoice& choice) = 0;
  // out[row] = sum of weight * expert(x[row]) over the row's choice, in the order of the experts.
  virtual void experts(const Tensor& x, const ExpertChoice& choice, const FfnShape& shape,
                       std::span<const FfnWeights> experts, Tensor out) = 0;
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
