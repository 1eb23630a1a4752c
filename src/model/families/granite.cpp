// Granite 3: Llama's network with four multipliers; the variants with mixtures of experts, and with
// sinks and windows.
#include <algorithm>

#include "base/format.h"
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

void read_multipliers(const HyperParameters& p, ModelSpec& spec) {
  constexpr Key kEmbedding{"embedding_scale", "embedding_multiplier"},
      kResidual{"residual_scale", "residual_multiplier"},
      kScores{"attention.scale", "attention_multiplier"}, kLogits{"logit_scale", "logits_scaling"};
  const auto read = [&](Key key, std::string_view published, std::string_view what) {
    const Doubt doubt{std::string(published), format("{}; {} in Granite 3 8B", what, published)};
    return static_cast<float>(p.positive(key).value_or(p.assume(key, 1.0, doubt)));
  };
  spec.embedding_scale = read(kEmbedding, "12", "the factor on embeddings");
  spec.residual_scale = read(kResidual, "0.22", "the factor on what branches add");
  spec.logit_scale = 1 / read(kLogits, "16", "what logits are divided by");
  p.note(kScores, "that of the head size", {"0.0078125", "the factor on scores"});
  const auto scale = p.positive(kScores);
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t) {
    if (scale) attention.scale = static_cast<float>(*scale);
  });
}

MixtureFfnSpec read_experts(const HyperParameters& p, const ModelSpec& spec) {
  MixtureFfnSpec mixture = read_mixture(p, spec);
  if (!p.is_gguf()) mixture.layout = ExpertLayout::Fused;
  mixture.routing.scores = backend::ExpertRouting::Scores::SoftmaxOfChosen;
  return mixture;
}

// The first of every four layers sees everything, unless the file says otherwise.
void read_windows(const HyperParameters& p, ModelSpec& spec) {
  std::vector<bool> sliding;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) sliding.push_back(i % 4 != 0);
  set_windows(p, spec, sliding_layers(p, sliding), {128, "a Granite with sinks"});
}

void check_bases(const HyperParameters& p, const ModelSpec& spec) {
  constexpr Key kBases{"", "layer_rope_theta"};
  if (p.is_gguf()) return;
  for (const double base : p.reals(kBases).value_or(std::vector<double>{})) {
    if (base == spec.ropes.front().base) continue;
    p.fail_unsupported(kBases, to_text(base), "one base for all layers, that of rope_theta");
  }
}

// Whether the folder names a layer that carries a state; it may name more layers than there are.
bool has_states(const HyperParameters& folder) {
  constexpr Key kLayerTypes{"", "layer_types"}, kLayers{"", "num_hidden_layers"};
  const auto* types = folder.metadata().texts(folder.name(kLayerTypes));
  if (types == nullptr) return false;
  const auto layers = static_cast<std::size_t>(folder.require_integer(kLayers, kLayerCount));
  return std::ranges::any_of(
      std::span(*types).first(std::min(layers, types->size())),
      [](std::string_view type) { return type == "mamba" || type == "linear_attention"; });
}

// Granite 4: state spaces in most layers, and beside the experts a network that every token passes.
bool is_hybrid(const HyperParameters& p) {
  constexpr Key kTaps{"ssm.conv_kernel", "mamba_d_conv"};
  return p.has(kTaps) || (!p.is_gguf() && has_states(p));
}

void read_hybrid(const HyperParameters& p, ModelSpec& spec) {
  constexpr Key kShared{"expert_shared_feed_forward_length", "shared_intermediate_size"},
      kRotates{"rope.scaling.finetuned", ""}, kPositions{"", "position_embedding_type"};
  const bool rotates =
      p.is_gguf()
          ? p.boolean(kRotates).value_or(p.assume(
                kRotates, true, {"false", "whether queries and keys rotate; not in Granite 4 H"}))
          : p.text(kPositions).value_or("rope") != "nope";
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t) {
    if (!rotates) attention.rope.reset();
  });
  StateSpaceSpec states = read_state_space(p);
  states.has_norm = true;
  DenseFfnSpec shared = std::get<DenseFfnSpec>(spec.layers.front().ffn);
  shared.is_fused = !p.is_gguf();
  shared.shape.size = p.integer(kShared, kFfnSize).value_or(shared.shape.size);
  const std::vector<bool> recurrent = recurrent_layers(p, spec.layers.size());
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (recurrent[i]) spec.layers[i].mixer = states;
    spec.layers[i].ffn = shared;
  }
}

ModelSpec read(const HyperParameters& p) {
  constexpr Key kExperts{"expert_count", "num_local_experts"};
  ModelSpec spec = read_transformer(
      p, {.rope = {.gguf_pairs = backend::RopePairs::Neighbours, .other_base = 1e7}});
  read_biases(p, spec);
  read_multipliers(p, spec);
  if (p.has_tensor(Role::Sinks)) {
    for_each_attention(spec,
                       [](AttentionSpec& attention, std::size_t) { attention.has_sinks = true; });
    read_windows(p, spec);
    read_rotating_layers(p, all_but_every(0, spec.layers.size()), spec);
    check_bases(p, spec);
  }
  const bool hybrid = is_hybrid(p);
  const bool has_experts = p.integer(kExperts, {0, kExpertCount.high}).value_or(0) > 0;
  MixtureFfnSpec mixture = has_experts ? read_experts(p, spec) : MixtureFfnSpec{};
  if (hybrid) {
    read_hybrid(p, spec);
    mixture.shared = std::get<DenseFfnSpec>(spec.layers.front().ffn);
  }
  if (has_experts) {
    for (LayerSpec& layer : spec.layers) layer.ffn = mixture;
  }
  return spec;
}

constexpr std::string_view kArchitectures[] = {"granite", "granitemoe", "granite_swa"};
constexpr std::string_view kTypes[] = {"granite", "granitemoe", "granite_swa"};
constexpr std::string_view kHybridArchitectures[] = {"granitehybrid"};
constexpr std::string_view kHybridTypes[] = {"granitemoehybrid"};
constexpr TensorName kTensors[] = {
    {Role::Router, "", "model.layers.{}.block_sparse_moe.router.layer.weight"},
    {Role::ExpertGateUp, "", "model.layers.{}.block_sparse_moe.input_linear.weight"},
    {Role::ExpertDown, "", "model.layers.{}.block_sparse_moe.output_linear.weight"},
};
// The network that every token passes has one name with experts beside it and without.
constexpr TensorName kHybridTensors[] = {
    kTensors[0],
    kTensors[1],
    kTensors[2],
    {Role::SharedGateUp, "", "model.layers.{}.shared_mlp.input_linear.weight"},
    {Role::SharedDown, "", "model.layers.{}.shared_mlp.output_linear.weight"},
    {Role::FfnGateUp, "", "model.layers.{}.shared_mlp.input_linear.weight"},
    {Role::FfnDown, "", "model.layers.{}.shared_mlp.output_linear.weight"},
};

using enum formats::GgufType;
constexpr SharedKey kKeys[] = {kVocabularyKey,
                               {{"attention.scale", "attention_multiplier"}, F32},
                               {{"embedding_scale", "embedding_multiplier"}, F32},
                               {{"residual_scale", "residual_multiplier"}, F32},
                               {{"logit_scale", "logits_scaling"}, F32}};

constexpr SharedKey kWindowKeys[] = {kKeys[0], kKeys[1], kKeys[2],
                                     kKeys[3], kKeys[4], kWindowLengthKey};
constexpr SharedKey kHybridKeys[] = {
    kKeys[0], kKeys[1], kKeys[2],
    kKeys[3], kKeys[4], {{"expert_shared_feed_forward_length", "shared_intermediate_size"}}};

void add_windows(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  add_rope_size(folder, spec, out);
  add_window_pattern(spec, out);
  const std::vector<bool> rotates = rotating_layers(spec);
  const bool all = std::ranges::find(rotates, false) == rotates.end();
  if (!all) out.booleans("attention.rope_pattern", rotates);
}

void restore_windows(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  restore_biases(gguf, spec, out);
  restore_layer_types(spec, out);
  const std::vector<bool> rotates = rotating_layers(spec);
  if (std::ranges::find(rotates, false) == rotates.end()) return;
  out.integers("no_rope_layers", {rotates.begin(), rotates.end()});
}

// The width of the only network of each layer, which folders state as that beside experts.
void add_dense_size(const ModelSpec& spec, KeyWriter& out) {
  const auto* dense = std::get_if<DenseFfnSpec>(&spec.layers.front().ffn);
  if (dense != nullptr) out.integer("feed_forward_length", dense->shape.size);
}

// Layers that do not rotate see any distance alike, and files of such models give their context as
// that of state spaces.
void add_hybrid(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  constexpr std::int64_t kAnyLength = std::int64_t{1} << 20;
  const std::vector<bool> rotates = rotating_layers(spec);
  const bool has_rope = std::ranges::find(rotates, true) != rotates.end();
  add_rope_size(folder, spec, out);
  add_kv_head_counts(spec, out);
  add_dense_size(spec, out);
  add_state_space(folder, spec, out);
  out.boolean("rope.scaling.finetuned", has_rope);
  if (!has_rope) out.integer("context_length", kAnyLength);
}

// Granite 4 without state spaces and experts is Granite 3's network under other names.
bool is_plain(const HyperParameters& folder) {
  constexpr Key kExperts{"", "num_local_experts"};
  return !has_states(folder) && folder.integer(kExperts, {0, kExpertCount.high}).value_or(0) == 0;
}

void add_plain(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  add_rope_size(folder, spec, out);
  add_dense_size(spec, out);
}

void restore_hybrid(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  const std::vector<bool> rotates = rotating_layers(spec);
  const bool has_rope = std::ranges::find(rotates, true) != rotates.end();
  restore_biases(gguf, spec, out);
  restore_kv_head_count(spec, out);
  restore_mixer_types(spec, "mamba", "attention", out);
  restore_state_space(gguf, spec, out);
  out.text("position_embedding_type", has_rope ? "rope" : "nope");
}

constexpr GgufForm kForms[] = {{.architecture = "granite",
                                .model_type = "granite",
                                .class_name = "GraniteForCausalLM",
                                .permutes_heads = true,
                                .keys = kKeys,
                                .splits = "refact",
                                .states_space_prefix = true,
                                .add = add_rope_size,
                                .restore = restore_biases},
                               {.architecture = "granitemoe",
                                .model_type = "granitemoe",
                                .class_name = "GraniteMoeForCausalLM",
                                .permutes_heads = true,
                                .experts = ExpertLayout::Fused,
                                .keys = kKeys,
                                .splits = "refact",
                                .states_space_prefix = true,
                                .add = add_rope_size,
                                .restore = restore_biases},
                               {.architecture = "granite_swa",
                                .model_type = "granite_swa",
                                .class_name = "GraniteSWAForCausalLM",
                                .permutes_heads = true,
                                .keys = kWindowKeys,
                                .splits = "refact",
                                .states_space_prefix = true,
                                .add = add_windows,
                                .restore = restore_windows}};
constexpr GgufForm kHybridForms[] = {{.architecture = "granitehybrid",
                                      .model_type = "granitemoehybrid",
                                      .class_name = "GraniteMoeHybridForCausalLM",
                                      .permutes_heads = true,
                                      .splits_gate_up = true,
                                      .experts = ExpertLayout::Fused,
                                      .keys = kHybridKeys,
                                      .splits = "refact",
                                      .add = add_hybrid,
                                      .restore = restore_hybrid,
                                      .fits = has_states},
                                     {.architecture = "granite",
                                      .model_type = "granitemoehybrid",
                                      .class_name = "GraniteMoeHybridForCausalLM",
                                      .permutes_heads = true,
                                      .splits_gate_up = true,
                                      .keys = kKeys,
                                      .splits = "refact",
                                      .states_space_prefix = true,
                                      .add = add_plain,
                                      .restore = restore_biases,
                                      .fits = is_plain}};

}  // namespace

Family family::granite() {
  return {.name = "granite",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kTypes,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

Family family::granite_hybrid() {
  return {.name = "granite_hybrid",
          .gguf_architectures = kHybridArchitectures,
          .hugging_face_model_types = kHybridTypes,
          .tensor_names = kHybridTensors,
          .read = read,
          .gguf_forms = kHybridForms};
}

}  // namespace bantam::model
