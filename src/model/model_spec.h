// What a network is, as plain data: everything that forward() needs to know besides the weights.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "backend/ops.h"
#include "model/assumption.h"

namespace bantam::model {

// Stretching of rotary frequencies to contexts longer than the trained one.
struct LinearRopeScaling {
  double factor = 1;
};
// Llama 3.1: long wavelengths are divided by `factor`, short ones kept, those between blended.
struct Llama3RopeScaling {
  double factor = 1;
  double low_frequency_factor = 1;
  double high_frequency_factor = 4;
  std::int64_t original_context_length = 8192;
};
// YaRN (Peng et al. 2023): as Llama 3's, the blend linear over dimensions.
struct YarnRopeScaling {
  double factor = 1;
  double beta_fast = 32;
  double beta_slow = 1;
  std::int64_t original_context_length = 4096;
  bool is_range_rounded = true;  // the blended range begins and ends at whole dimensions
};
// LongRoPE (Ding et al. 2024): a divisor for each pair, one set up to the original context length
// and another for sequences that are longer.
struct LongRopeScaling {
  std::vector<float> short_divisors;  // [rotated / 2]
  std::vector<float> long_divisors;
  std::int64_t original_context_length = 4096;
};
using RopeScaling = std::variant<std::monostate, LinearRopeScaling, Llama3RopeScaling,
                                 YarnRopeScaling, LongRopeScaling>;

struct RopeSpec {
  backend::RopePairs pairs = backend::RopePairs::Halves;
  std::int64_t rotated_size = 0;  // values of a head that rotate
  std::int64_t still_pairs = 0;   // the last of their pairs, which do not turn
  double base = 10000;
  RopeScaling scaling;
  double magnitude = 1;        // of cosines and sines
  bool takes_divisors = true;  // of its frequencies, where a file has a tensor of them
};

// Normalization of queries and keys.
enum class HeadNorm {
  None,
  PerHead,      // each head by itself, one weight vector for all of them
  PerHeadOwn,   // each head by itself, with weights of its own
  AcrossHeads,  // all heads at once
};

// A sigmoid by which the results of attention are multiplied.
enum class AttentionGate {
  None,
  PerValue,  // its rows alternate with those of the queries, head by head
  PerHead,   // one number a head, by a matrix of its own
};

// How the matrices of query, key and value lie in the file.
enum class QkvLayout {
  Separate,
  Fused,         // rows of all queries, then keys, then values
  FusedByGroup,  // for each key/value head: its queries, its key, its value
};

inline constexpr std::int64_t kNoWindow = INT64_MAX;

// Queries grow with their distance from the start: by 1 + slope * ln(1 + floor(position / period)).
struct QueryTemperature {
  double slope = 0;  // 0: they do not
  std::int64_t period = 1;
};

// Softmax attention with grouped key/value heads.
struct AttentionSpec {
  std::int64_t head_count = 0;
  std::int64_t kv_head_count = 0;
  std::int64_t head_size = 0;
  float scale = 0;                  // on the scores
  std::optional<std::size_t> rope;  // index into ModelSpec::ropes; none: no rotation
  std::int64_t window = kNoWindow;  // keys that a token sees, itself included
  float softcap = 0;                // on the scores; 0: none
  QueryTemperature temperature = {};
  HeadNorm head_norm = HeadNorm::None;
  bool is_norm_after_rope = false;
  bool has_value_norm = false;  // on each head's value, without weights
  // The values are what the keys are before their norm and rotation: there is no matrix of them.
  bool has_keys_as_values = false;
  // The earlier layer whose keys and values this one reads in the place of its own.
  std::optional<std::int64_t> kv_layer = {};
  bool has_input_bias = false;  // on query, key and value
  bool has_output_bias = false;
  bool has_sinks = false;     // one more score of each head, without a value
  bool has_sub_norm = false;  // a norm before the output matrix
  AttentionGate gate = AttentionGate::None;
  QkvLayout layout = QkvLayout::Separate;
  kernels::SparseBlocks sparse = {};
};

// Multi-head latent attention (DeepSeek-V2, section 2.1): keys and values of all heads come from
// one small latent vector, which is all that the cache keeps.
struct LatentAttentionSpec {
  std::int64_t head_count = 0;
  std::int64_t query_rank = 0;  // of the queries' latent; 0: queries come from the hidden state
  std::int64_t latent_size = 0;
  std::int64_t plain_size = 0;  // values of a query or key that do not rotate
  std::int64_t rotated_size = 0;
  std::int64_t value_size = 0;
  float scale = 0;
  std::size_t rope = 0;
};

// out(after * convolution(before * x)) with before, after and x projected from the input (LFM2).
struct ShortConvolutionSpec {
  std::int64_t size = 0;  // channels
  std::int64_t taps = 0;  // tokens that a convolution sees
  bool has_bias = false;
};

// Mamba-2: a gate, x, b, c and step sizes are projected; x, b and c convolved over time; the state
// space of kernels/recurrent.h; its result gated.
struct StateSpaceSpec {
  std::int64_t head_count = 0;
  std::int64_t head_size = 0;
  std::int64_t state_size = 0;
  std::int64_t group_count = 1;
  std::int64_t taps = 0;
  bool has_bias = false;  // on the projections
  bool has_convolution_bias = false;
  bool has_norm = false;  // of the gated result
  float input_scale = 1;
  std::array<float, 5> part_scales{1, 1, 1, 1, 1};  // of gate, x, b, c and step sizes
  float output_scale = 1;
};

// Both read the same state: attention_scale * attention + state space.
struct ParallelMixerSpec {
  AttentionSpec attention;
  float attention_scale = 1;
  StateSpaceSpec state_space;
};

// Linear attention by the gated delta rule of kernels/recurrent.h.
struct DeltaNetSpec {
  std::int64_t key_head_count = 0;
  std::int64_t value_head_count = 0;
  std::int64_t key_size = 0;
  std::int64_t value_size = 0;
  std::int64_t taps = 0;
  bool is_tiled = false;  // see backend::DeltaRule
};

// down(activation(gate(x)) * up(x)) or, without gate, down(activation(up(x))).
struct DenseFfnSpec {
  backend::FfnShape shape;
  bool is_fused = false;  // one matrix holds the rows of gate, then those of up
  bool has_bias = false;
  bool has_sub_norm = false;  // a norm before `down`
  bool has_xielu = false;     // in the place of the shape's activation, with learned numbers
  float gate_scale = 1;       // on what enters the activation
  // Gates count from so many standard deviations above their mean: see Ops::keep_above.
  std::optional<float> gate_cutoff = {};
  float output_scale = 1;
};

// How the matrices of a layer's experts lie in the file.
enum class ExpertLayout {
  Separate,         // a tensor for each matrix of each expert
  Stacked,          // gate, up and down: [experts, outputs, inputs]
  Fused,            // as stacked, the rows of gate and then those of up in one matrix
  FusedTransposed,  // [experts, inputs, outputs], outputs of gate and up alternating in one matrix
};

// Experts of which each token uses a few.
struct MixtureFfnSpec {
  backend::ExpertRouting routing;
  backend::FfnShape expert;
  ExpertLayout layout = ExpertLayout::Separate;
  bool has_choice_bias = false;
  bool has_bias = false;               // on router and experts
  std::optional<DenseFfnSpec> shared;  // an expert that every token uses
};

// Different rotations in one network; every known family needs at most two.
inline constexpr std::size_t kRopesMax = 4;

using MixerSpec = std::variant<AttentionSpec, LatentAttentionSpec, ShortConvolutionSpec,
                               StateSpaceSpec, ParallelMixerSpec, DeltaNetSpec>;
using FfnSpec = std::variant<DenseFfnSpec, MixtureFfnSpec>;

// A second embedding: for each token a vector of `size` values for each layer; see
// residual/layer_inputs.h.
struct LayerInputSpec {
  std::int64_t size = 0;
  std::int64_t vocabulary_size = 0;  // of its table, whose first row counts for all tokens beyond
  kernels::Activation activation = kernels::Activation::GeluTanh;
};

// Hidden states in several streams, of which a layer computes one; see residual/altup.h.
struct AltUpSpec {
  std::int64_t stream_count = 0;
  std::int64_t active_stream = 0;
  bool scales_active = true;  // for the layer input, which goes to every stream but the first
};

// hidden += mixer(norm(hidden)); hidden += ffn(norm(hidden)); hidden += layer input, where the
// network has such.
struct LayerSpec {
  MixerSpec mixer;
  FfnSpec ffn;
  bool has_input_norms = true;    // before mixer and feed-forward network
  bool has_output_norms = false;  // on what they give, before it is added
  // Both read the same state: hidden += mixer(norm(hidden)) + ffn(norm(hidden)).
  bool is_parallel = false;
  bool shares_norm = false;       // parallel with one norm for both
  std::int64_t laurel_rank = 0;   // of a learned residual besides the mixer; 0: none
  bool has_scale = false;         // one learned number on all that the layer gives
  std::int64_t stored_layer = 0;  // the layer of the file whose weights this one has
};

// Normalization as the whole network does it.
struct NormSpec {
  backend::NormKind kind = backend::NormKind::Rms;
  float epsilon = 0;
  bool has_bias = false;
  bool is_stored_minus_one = false;  // the file holds weight - 1
};

struct ModelSpec {
  std::string family;  // a row of families.def
  std::string name;    // as the file calls the model; may be empty
  std::int64_t vocabulary_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t context_length = 0;  // trained tokens
  NormSpec norm;
  bool has_tied_output = false;  // the output matrix is the embedding table
  bool has_output_bias = false;
  bool has_position_embedding = false;  // learned, added to the tokens'
  std::optional<LayerInputSpec> layer_inputs;
  std::optional<AltUpSpec> altup;
  bool has_transposed_weights = false;  // the file holds matrices as [inputs, outputs]
  float embedding_scale = 1;
  float residual_scale = 1;  // on what mixer and feed-forward network add
  float output_scale = 1;    // on the last normed state
  float logit_scale = 1;
  float logit_softcap = 0;      // 0: none
  std::vector<RopeSpec> ropes;  // at most kRopesMax
  std::vector<LayerSpec> layers;
  std::vector<Assumption> assumptions;  // about what the file does not say
};

// Of the hidden state; 1 where the network does without alternating updates.
inline std::int64_t stream_count(const ModelSpec& spec) {
  return spec.altup ? spec.altup->stream_count : 1;
}

// The sequence length above which keys turn by other frequencies; nothing where there is no such
// length. Keys cached up to it are of no use beyond.
std::optional<std::int64_t> long_rope_boundary(const ModelSpec& spec);

}  // namespace bantam::model
