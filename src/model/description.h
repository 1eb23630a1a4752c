// A network in words, for people.
#pragma once

#include <string>
#include <vector>

#include "model/model_spec.h"

namespace bantam::model {

// "32 heads of 64 values, 8 for keys and values, window of 4096 tokens".
std::string describe(const MixerSpec& mixer);
// "8192, silu, gated" or "64 experts of 1408, 6 a token, and one of 2816".
std::string describe(const FfnSpec& ffn);

// A description with the number of layers that it is true of.
struct LayerKind {
  std::string text;
  std::int64_t layer_count = 0;
};

// The different mixers (or feed-forward networks) of a network, in the order of their first layer.
std::vector<LayerKind> mixer_kinds(const ModelSpec& spec);
std::vector<LayerKind> ffn_kinds(const ModelSpec& spec);

}  // namespace bantam::model
