// What each weight is called in each kind of file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "formats/tensor_file.h"

namespace bantam::model {

// The part that a tensor plays.
enum class Role {
  TokenEmbedding,
  PositionEmbedding,
  OutputNorm,
  Output,
  RopeDivisors,
  RopeShortDivisors,
  RopeLongDivisors,
  LayerEmbedding,
  LayerEmbeddingProjection,
  LayerEmbeddingNorm,
  StreamProjection,
  StreamMerge,
  MixerNorm,
  MixerOutputNorm,
  Query,
  Key,
  Value,
  QueryKeyValue,
  AttentionOutput,
  QueryNorm,
  KeyNorm,
  Sinks,
  AttentionGate,
  AttentionSubNorm,
  QueryDown,
  QueryDownNorm,
  QueryUp,
  LatentDown,
  LatentNorm,
  LatentUp,
  LatentKeyUp,
  LatentValueUp,
  FfnNorm,
  FfnOutputNorm,
  FfnGate,
  FfnUp,
  FfnGateUp,
  FfnDown,
  FfnSubNorm,
  XieluPositive,
  XieluNegative,
  XieluSlope,
  XieluEpsilon,
  Router,
  RouterChoiceBias,
  ExpertGate,
  ExpertUp,
  ExpertGateUp,
  ExpertDown,
  SharedGate,
  SharedUp,
  SharedGateUp,
  SharedDown,
  ConvolutionIn,
  ConvolutionTaps,
  ConvolutionOut,
  StateIn,
  StateConvolution,
  StateDecay,
  StateSkip,
  StateStepBias,
  StateNorm,
  StateOut,
  DeltaIn,
  DeltaGate,
  DeltaA,
  DeltaB,
  LayerInputGate,
  LayerInputOut,
  LayerInputNorm,
  LayerScale,
  StreamRouter,
  StreamRouterNorm,
  StreamPrediction,
  StreamCorrection,
  StreamScale,
  LaurelDown,
  LaurelUp,
  LaurelNorm,
};

// Which tensor of a role: its matrix (or vector), or its bias.
enum class Part { Weight, Bias };

// Names of one role. "{}" stands for the layer and, after it, the expert; empty: files of that
// format have no such tensor. The bias has ".bias" in the place of ".weight", or
// "_bias" after a name without that.
struct TensorName {
  Role role;
  std::string_view gguf;
  std::string_view hugging_face;
};

// What most families call each role, a row for every role there is.
std::span<const TensorName> common_tensor_names();

// The common names, and before them those of one family. A value; views the family's own.
class TensorNames {
 public:
  TensorNames() = default;
  explicit TensorNames(std::span<const TensorName> own) : own_(own) {}

  // With "{}" for layer and expert; empty where files of `format` have no such tensor.
  std::string_view pattern(formats::SourceFormat format, Role role) const;

  // The name in files of `format`: "blk.3.attn_q.weight", "model.layers.3.self_attn.q_proj.weight".
  // What the name has no place for is ignored.
  std::string name(formats::SourceFormat format, Role role, Part part = Part::Weight,
                   std::int64_t layer = 0, std::int64_t expert = 0) const;

  // The tensor of that name, or of a spelling of it that published folders use: without its first
  // component ("layers.3…" for "model.layers.3…"), or as part of a model of text and pictures
  // ("language_model.model.layers.3…"). Null where there is none.
  const formats::TensorEntry* find(const formats::TensorFile& file, Role role,
                                   Part part = Part::Weight, std::int64_t layer = 0,
                                   std::int64_t expert = 0) const;

 private:
  std::span<const TensorName> own_;
};

}  // namespace bantam::model
