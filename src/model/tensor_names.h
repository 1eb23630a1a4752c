// What each weight is called in each kind of file.
#pragma once

#include <cstdint>
#include <string>

#include "formats/tensor_file.h"

namespace bantam::model {

// The part that a tensor plays.
enum class Role {
  TokenEmbedding,
  OutputNorm,
  Output,
  RopeDivisors,
  MixerNorm,
  Query,
  Key,
  Value,
  AttentionOutput,
  FfnNorm,
  FfnGate,
  FfnUp,
  FfnDown,
};

// Which tensor of a role: its matrix (or vector), or its bias.
enum class Part { Weight, Bias };

// The name in files of `format`: "blk.3.attn_q.weight", "model.layers.3.self_attn.q_proj.weight".
// `layer` is ignored for roles that stand outside layers.
std::string tensor_name(formats::SourceFormat format, Role role, Part part, std::int64_t layer = 0);

}  // namespace bantam::model
