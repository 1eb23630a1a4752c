// What a network is, as plain data: everything that forward() needs to know besides the weights.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "backend/ops.h"

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
using RopeScaling = std::variant<std::monostate, LinearRopeScaling, Llama3RopeScaling>;

struct RopeSpec {
  backend::RopePairs pairs = backend::RopePairs::Halves;
  std::int64_t rotated_size = 0;  // values of a head that rotate
  double base = 10000;
  RopeScaling scaling;
};

// Softmax attention with grouped key/value heads.
struct AttentionSpec {
  std::int64_t head_count = 0;
  std::int64_t kv_head_count = 0;
  std::int64_t head_size = 0;
  float scale = 0;                  // on the scores
  std::optional<std::size_t> rope;  // index into ModelSpec::ropes; none: no rotation
  bool has_input_bias = false;      // on query, key and value
  bool has_output_bias = false;
};

// down(silu(gate(x)) * up(x)).
struct GatedFfnSpec {
  std::int64_t size = 0;
  bool has_bias = false;
};

// Different rotations in one network; every known family needs at most two.
inline constexpr std::size_t kRopesMax = 4;

using MixerSpec = std::variant<AttentionSpec>;
using FfnSpec = std::variant<GatedFfnSpec>;

struct LayerSpec {
  MixerSpec mixer;
  FfnSpec ffn;
};

struct ModelSpec {
  std::string family;  // a row of families.cpp
  std::string name;    // as the file calls the model; may be empty
  std::int64_t vocabulary_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t context_length = 0;  // trained tokens
  float norm_epsilon = 0;
  bool has_tied_output = false;  // the output matrix is the embedding table
  std::vector<RopeSpec> ropes;   // at most kRopesMax
  std::vector<LayerSpec> layers;
};

}  // namespace bantam::model
