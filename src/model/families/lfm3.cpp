// LFM3: LFM2's short convolutions and few layers of attention, with norms after the branches, a
// gate on each head, windows on some layers, and a rope of its own for each kind of attention.
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

// Half of a head's pairs turn, unless the folder says anything of its ropes.
RopeSpec read_full_rope(const HyperParameters& p, std::int64_t head_size) {
  constexpr Key kStated{"",
                        "rope_parameters.full_attention.rope_type|"
                        "rope_parameters.full_attention.type|"
                        "rope_parameters.full_attention.rope_theta|rope_parameters.rope_type|"
                        "rope_parameters.type|rope_parameters.rope_theta|"
                        "rope_scaling.rope_type|rope_scaling.type"};
  RopeSpec rope = read_rope(p, {.base = 1e6}, head_size, "full_attention");
  if (!p.has(kStated)) rope.still_pairs = head_size / 4;
  return rope;
}

ModelSpec read(const HyperParameters& p) {
  constexpr Key kTaps{"", "conv_L_cache"}, kBias{"", "conv_bias"}, kGate{"", "use_attention_gate"},
      kOutputNorms{"", "use_sandwich_norm"};
  ModelSpec spec = read_transformer(
      p, {.has_rope = false, .head_size = 128, .norm_epsilon = 1e-5, .has_tied_output = true});
  read_biases(p, spec);
  const std::int64_t head_size = std::get<AttentionSpec>(spec.layers.front().mixer).head_size;
  spec.ropes = {read_full_rope(p, head_size), read_rope(p, {}, head_size, "sliding_attention")};
  const std::vector<bool> sliding = sliding_layers(p, spec.layers.size(), 1);
  set_windows(p, spec, sliding, {.of_class = 256});
  const bool has_gate = p.boolean(kGate).value_or(true);
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t layer) {
    attention.rope = sliding[layer] ? 1 : 0;
    attention.head_norm = HeadNorm::PerHead;
    attention.gate = has_gate ? AttentionGate::PerHead : AttentionGate::None;
  });
  const ShortConvolutionSpec convolution{.size = spec.hidden_size,
                                         .taps = p.integer(kTaps, {2, 64}).value_or(7),
                                         .has_bias = p.boolean(kBias).value_or(false)};
  const bool has_output_norms = p.boolean(kOutputNorms).value_or(true);
  const std::vector<bool> recurrent = recurrent_layers(p, spec.layers.size());
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    spec.layers[i].has_output_norms = has_output_norms;
    if (recurrent[i]) spec.layers[i].mixer = convolution;
  }
  return spec;
}

constexpr std::string_view kTypes[] = {"lfm3"};
constexpr TensorName kTensors[] = {
    {Role::OutputNorm, "", "model.embedding_norm.weight"},
    {Role::MixerNorm, "", "model.layers.{}.operator_norm.weight"},
    {Role::MixerOutputNorm, "", "model.layers.{}.post_operator_norm.weight"},
    {Role::FfnNorm, "", "model.layers.{}.ffn_norm.weight"},
    {Role::FfnOutputNorm, "", "model.layers.{}.post_ffn_norm.weight"},
    {Role::FfnGate, "", "model.layers.{}.feed_forward.w1.weight"},
    {Role::FfnUp, "", "model.layers.{}.feed_forward.w3.weight"},
    {Role::FfnDown, "", "model.layers.{}.feed_forward.w2.weight"},
};

}  // namespace

Family family::lfm3() {
  return {.name = "lfm3",
          .gguf_architectures = {},
          .hugging_face_model_types = kTypes,
          .tensor_names = kTensors,
          .read = read};
}

}  // namespace bantam::model
