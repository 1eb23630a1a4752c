// The weights of a network's parts, as views of the file.
#pragma once

#include <vector>

#include "backend/ops.h"
#include "model/model_spec.h"

namespace bantam::model {

using backend::FfnWeights;
using backend::LinearWeights;

struct NormWeights {
  Tensor weight;  // [size] F32, or [heads, size]; empty: no norm
  Tensor bias;    // [size] F32, or empty
};

struct AttentionWeights {
  LinearWeights query, key, value, output;
  NormWeights query_norm, key_norm;  // where the spec has them
  NormWeights value_norm;            // of weights 1
  NormWeights sub_norm;
  Tensor sinks;        // [heads] F32
  LinearWeights gate;  // [heads, hidden]; where each head has a gate
};

struct LatentAttentionWeights {
  LinearWeights query_down;  // [query rank, hidden]; where the spec has a rank
  NormWeights query_norm;
  LinearWeights query;           // [heads * (plain + rotated), query rank or hidden]
  LinearWeights latent;          // [latent + rotated, hidden]
  NormWeights latent_norm;       // of the latent's first part
  std::vector<Tensor> key_up;    // a head: [latent, plain], from query to the latent's space
  std::vector<Tensor> value_up;  // a head: [value, latent]
  LinearWeights output;
};

struct ShortConvolutionWeights {
  LinearWeights before, after, x;
  Tensor taps;  // [size, taps] F32
  Tensor bias;  // [size] F32, or empty
  LinearWeights out;
};

struct StateSpaceWeights {
  LinearWeights gate, x, b, c, dt;
  Tensor taps;                    // [channels of x, b and c, taps] F32
  Tensor taps_bias;               // or empty
  Tensor decay, skip, step_bias;  // [heads] F32
  NormWeights norm;
  LinearWeights out;
};

struct ParallelMixerWeights {
  AttentionWeights attention;
  StateSpaceWeights state_space;
};

struct DeltaNetWeights {
  LinearWeights query, key, value, gate, a, b;
  Tensor taps;                    // [channels of query, key and value, taps] F32
  Tensor rate, step_bias;         // [value heads] F32
  Tensor query_scale, key_scale;  // [key size] F32, all equal
  NormWeights norm;               // of each value head
  LinearWeights out;
};

struct DenseFfnWeights {
  FfnWeights matrices;
  NormWeights sub_norm;
  backend::Xielu xielu;  // where the spec has it
};

struct MixtureFfnWeights {
  LinearWeights router;  // [experts, hidden]
  Tensor choice_bias;    // [experts] F32, or empty
  std::vector<FfnWeights> experts;
  DenseFfnWeights shared;  // where the spec has it
};

// A part of the network with its weights.
template <typename Spec, typename Weights>
struct Bound {
  Spec spec;
  Weights weights;
};

using Mixer = std::variant<
    Bound<AttentionSpec, AttentionWeights>, Bound<LatentAttentionSpec, LatentAttentionWeights>,
    Bound<ShortConvolutionSpec, ShortConvolutionWeights>, Bound<StateSpaceSpec, StateSpaceWeights>,
    Bound<ParallelMixerSpec, ParallelMixerWeights>, Bound<DeltaNetSpec, DeltaNetWeights>>;
using Ffn =
    std::variant<Bound<DenseFfnSpec, DenseFfnWeights>, Bound<MixtureFfnSpec, MixtureFfnWeights>>;

// What turns a token into its vectors for the layers.
struct LayerEmbeddingWeights {
  Tensor table;              // [vocabulary, layers * size]
  LinearWeights projection;  // [layers * size, hidden]
  NormWeights norm;          // of a layer's vector, projected
};

struct LayerInputWeights {
  LinearWeights gate;  // [size, hidden]
  LinearWeights out;   // [hidden, size]
  NormWeights norm;
};

// Between the embedding and the streams, and between the streams and the last norm: a matrix
// [hidden, hidden] for each stream but the first.
struct AltUpEndWeights {
  std::vector<LinearWeights> widen, merge;
};

struct AltUpWeights {
  NormWeights router_norm;
  LinearWeights router;      // [streams, hidden]
  LinearWeights prediction;  // [streams * streams, streams]
  LinearWeights correction;  // [streams, streams], of biases 1
  Tensor active_scale;       // [hidden] F32, or empty
};

struct LaurelWeights {
  LinearWeights down;  // [rank, hidden]
  LinearWeights up;    // [hidden, rank]
  NormWeights norm;
};

// A layer ready to compute. What the spec does not have is empty.
struct Layer {
  NormWeights mixer_norm, mixer_output_norm, ffn_norm, ffn_output_norm;
  Mixer mixer;
  Ffn ffn;
  LayerInputWeights input;
  AltUpWeights altup;
  LaurelWeights laurel;
  float scale = 1;
};

}  // namespace bantam::model
