#include "model/transformer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/format.h"
#include "model/layer_types.h"

namespace bantam::model {
namespace {

using kernels::Activation;

constexpr Key kHidden{"embedding_length", "hidden_size|n_embd"};
constexpr Key kVocabulary{"vocab_size", "vocab_size"};
constexpr Key kHeads{"attention.head_count", "num_attention_heads|n_head"};
constexpr Key kKvHeads{"attention.head_count_kv", "num_key_value_heads"};
constexpr Key kHead{"attention.key_length", "head_dim"};
constexpr Key kFfn{"feed_forward_length", "intermediate_size|ff_intermediate_size|n_inner"};
constexpr Key kActivation{"", "hidden_activation|hidden_act|activation_function"};
constexpr Key kWindowKey{"attention.sliding_window", "sliding_window"};
constexpr Key kTied{"", "tie_word_embeddings"};

std::int64_t vocabulary_size(const HyperParameters& p) {
  const auto* table = TensorNames().find(p.file(), Role::TokenEmbedding);
  const std::int64_t rows = table != nullptr ? table->tensor.shape.rows() : 0;
  if (table == nullptr) return p.require_integer(kVocabulary, kVocabularySize);
  const std::int64_t size = p.integer(kVocabulary, kVocabularySize).value_or(rows);
  if (size < kVocabularySize.low || size > kVocabularySize.high) {
    p.fail(kVocabulary, to_text(size),
           format("{} to {}", kVocabularySize.low, kVocabularySize.high));
  }
  return size;
}

// Where the head size is not stated it is hidden size / heads, which must then come out even.
std::int64_t head_size(const HyperParameters& p, const Conventions& conventions,
                       std::int64_t hidden, std::int64_t heads) {
  if (const auto stated = p.integer(kHead, kHeadSize)) return *stated;
  if (!p.is_gguf() && conventions.head_size > 0) return conventions.head_size;
  if (hidden % heads != 0) {
    p.fail(kHeads, to_text(heads), format("a divisor of the hidden size {}", hidden));
  }
  if (hidden / heads > kHeadSize.high) {
    p.fail(kHeads, to_text(heads),
           format("heads of at most {} values, these have {}", kHeadSize.high, hidden / heads));
  }
  return hidden / heads;
}

Activation activation(const HyperParameters& p, const Conventions& conventions) {
  constexpr std::array<std::pair<std::string_view, Activation>, 8> kNames{
      {{"silu", Activation::Silu},
       {"swish", Activation::Silu},
       {"gelu", Activation::Gelu},
       {"gelu_new", Activation::GeluTanh},
       {"gelu_fast", Activation::GeluTanh},
       {"gelu_pytorch_tanh", Activation::GeluTanh},
       {"relu", Activation::Relu},
       {"relu2", Activation::ReluSquared}}};
  const bool is_stated = !p.is_gguf() && conventions.states_activation && p.has(kActivation);
  if (!is_stated) return conventions.activation;
  const std::string_view stated = *p.text(kActivation);
  for (const auto& [name, value] : kNames) {
    if (stated == name) return value;
  }
  p.fail_unsupported(kActivation, quoted(stated),
                     "silu, gelu, gelu_new, gelu_pytorch_tanh, relu, relu2");
}

bool is_left_to_class(const HyperParameters& p, const Conventions& conventions) {
  return !p.is_gguf() && conventions.head_count > 0 && !p.has(kHeads);
}

// In a list layers without attention have 0; what stands here for those is of no use.
std::vector<std::int64_t> kv_head_counts(const HyperParameters& p, std::int64_t head_count,
                                         std::int64_t missing, std::int64_t layer_count) {
  std::vector<std::int64_t> counts = p.layer_integers(kKvHeads, {0, kHeadCount.high}, layer_count);
  counts.resize(static_cast<std::size_t>(layer_count), missing);
  const std::int64_t most = std::ranges::max(counts);
  if (most == 0) p.fail(kKvHeads, "0", "at least 1");
  for (std::int64_t& count : counts) {
    if (count == 0) count = most;
    if (head_count % count == 0) continue;
    p.fail(kKvHeads, to_text(count), format("a divisor of the {} query heads", head_count));
  }
  return counts;
}

// Without key/value heads, which may differ from layer to layer.
AttentionSpec read_attention(const HyperParameters& p, const Conventions& conventions,
                             std::int64_t hidden) {
  AttentionSpec attention;
  attention.head_count = is_left_to_class(p, conventions) ? conventions.head_count
                                                          : p.require_integer(kHeads, kHeadCount);
  attention.head_size = head_size(p, conventions, hidden, attention.head_count);
  attention.scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(attention.head_size)));
  return attention;
}

NormSpec read_norm(const HyperParameters& p, const Conventions& conventions) {
  constexpr Key kRms{"attention.layer_norm_rms_epsilon", "rms_norm_eps|norm_eps"};
  constexpr Key kLayer{"attention.layer_norm_epsilon",
                       "layer_norm_eps|layer_norm_epsilon|norm_epsilon|norm_eps"};
  const Key key = conventions.norm == backend::NormKind::Rms ? kRms : kLayer;
  NormSpec norm;
  norm.kind = conventions.norm;
  const double epsilon =
      p.is_gguf() ? p.require_positive(key) : p.positive(key).value_or(conventions.norm_epsilon);
  norm.epsilon = static_cast<float>(epsilon);
  return norm;
}

}  // namespace

ModelSpec read_transformer(const HyperParameters& p, const Conventions& conventions) {
  constexpr Key kLayers{"block_count", "num_hidden_layers|n_layer"};
  constexpr Key kContext{"context_length", "max_position_embeddings|n_positions"};
  ModelSpec spec;
  spec.name = p.metadata().text(p.is_gguf() ? "general.name" : "_name_or_path").value_or("");
  spec.hidden_size = p.require_integer(kHidden, kHiddenSize);
  spec.vocabulary_size = vocabulary_size(p);
  spec.context_length =
      p.is_gguf() ? p.require_integer(kContext, kContextLength)
                  : p.integer(kContext, kContextLength).value_or(conventions.context_length);
  spec.norm = read_norm(p, conventions);
  spec.has_tied_output = p.is_gguf() ? !p.has_tensor(Role::Output)
                                     : p.boolean(kTied).value_or(conventions.has_tied_output);
  AttentionSpec attention = read_attention(p, conventions, spec.hidden_size);
  if (conventions.has_rope) {
    spec.ropes.push_back(read_rope(p, conventions.rope, attention.head_size));
    attention.rope = 0;
  }
  DenseFfnSpec ffn;
  ffn.shape.activation = activation(p, conventions);
  ffn.shape.is_gated = conventions.is_gated;
  const std::int64_t count = p.require_integer(kLayers, kLayerCount);
  const std::vector<std::int64_t> kv_heads = kv_head_counts(
      p, attention.head_count,
      is_left_to_class(p, conventions) ? conventions.kv_head_count : attention.head_count, count);
  std::vector<std::int64_t> sizes = p.layer_integers(kFfn, kFfnSize, count);
  sizes.resize(kv_heads.size(), 4 * spec.hidden_size);
  for (std::size_t i = 0; i < kv_heads.size(); ++i) {
    attention.kv_head_count = kv_heads[i];
    ffn.shape.size = sizes[i];
    spec.layers.push_back(
        {.mixer = attention, .ffn = ffn, .stored_layer = static_cast<std::int64_t>(i)});
  }
  return spec;
}

void read_biases(const HyperParameters& p, ModelSpec& spec) {
  constexpr Key kAttention{"", "attention_bias"}, kMlp{"", "mlp_bias"};
  const bool in =
      p.is_gguf() ? p.has_tensor(Role::Query, Part::Bias) : p.boolean(kAttention).value_or(false);
  const bool out = p.is_gguf() ? p.has_tensor(Role::AttentionOutput, Part::Bias) : in;
  const bool mlp =
      p.is_gguf() ? p.has_tensor(Role::FfnUp, Part::Bias) : p.boolean(kMlp).value_or(false);
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t) {
    attention.has_input_bias = in;
    attention.has_output_bias = out;
  });
  for_each_dense_ffn(spec, [&](DenseFfnSpec& ffn) { ffn.has_bias = mlp; });
}

std::int64_t window_size(const HyperParameters& p, const KnownWindow& known) {
  const auto window = p.integer(kWindowKey, kWindow);
  if (known.size > 0) {
    const std::string why = format("how far tokens look back: {} has a window", known.models);
    p.note(kWindowKey, "none", {to_text(known.size), why});
  }
  return window.value_or(p.is_gguf() ? 0 : known.of_class);
}

void read_window(const HyperParameters& p, ModelSpec& spec, const KnownWindow& known) {
  set_windows(p, spec, std::vector<bool>(spec.layers.size(), true), known);
}

std::vector<bool> all_but_every(std::int64_t period, std::size_t layer_count) {
  std::vector<bool> flags(layer_count, true);
  for (std::size_t i = 0; i < layer_count && period > 0; ++i) {
    flags[i] = (static_cast<std::int64_t>(i) + 1) % period != 0;
  }
  return flags;
}

std::vector<bool> sliding_layers(const HyperParameters& p, const std::vector<bool>& otherwise) {
  constexpr std::string_view kKnown[] = {"full_attention", "sliding_attention", "conv"};
  constexpr Key kPattern{"attention.sliding_window_pattern", "layer_types"},
      kPeriod{"attention.sliding_window_pattern", "sliding_window_pattern|_sliding_window_pattern"};
  const std::string name = p.name(kPattern);
  const auto& entries = p.metadata().entries();
  const auto entry = entries.find(name);
  std::vector<bool> sliding = otherwise;
  if (entry != entries.end() && !p.is_gguf()) {
    sliding.clear();
    for (const std::string_view type : layer_types(p, otherwise.size(), kKnown)) {
      sliding.push_back(type == "sliding_attention");
    }
  } else if (entry != entries.end() && formats::is_array(entry->second.value)) {
    sliding = *p.metadata().booleans(name);
  } else if (const auto period = p.integer(kPeriod, {1, kLayerCount.high})) {
    sliding = all_but_every(*period, otherwise.size());
  } else if (window_size(p) > 0) {
    p.note(kPattern, formats::to_text(otherwise),
           {"1", "which layers look through the window: all but every so many; 1: none"});
  }
  if (sliding.size() < otherwise.size()) {
    p.fail(kPattern, format("{} entries", sliding.size()),
           format("one for each of the {} layers", otherwise.size()));
  }
  return sliding;
}

std::vector<bool> sliding_layers(const HyperParameters& p, std::size_t layer_count,
                                 std::int64_t full_every) {
  return sliding_layers(p, all_but_every(full_every, layer_count));
}

void read_last_windows(const HyperParameters& p, ModelSpec& spec) {
  constexpr Key kUses{"", "use_sliding_window"}, kFirst{"", "max_window_layers"},
      kTypes{"attention.sliding_window_pattern", "layer_types"};
  if (!p.is_gguf() && !p.boolean(kUses).value_or(false)) return;
  const std::int64_t first =
      p.is_gguf() ? 0 : p.integer(kFirst, {0, kLayerCount.high}).value_or(28);
  std::vector<bool> sliding;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    sliding.push_back(static_cast<std::int64_t>(i) >= first);
  }
  if (p.has(kTypes)) sliding = sliding_layers(p, sliding);
  set_windows(p, spec, sliding, {32768, "a model whose config.json says use_sliding_window"});
}

void read_rotating_layers(const HyperParameters& p, const std::vector<bool>& otherwise,
                          ModelSpec& spec) {
  constexpr Key kRotates{"attention.rope_pattern", "no_rope_layers"};
  const auto entry = p.metadata().entries().find(p.name(kRotates));
  std::vector<bool> rotates = otherwise;
  if (entry == p.metadata().entries().end()) {
    if (std::ranges::count(otherwise, false) > 0) {
      p.note(kRotates, formats::to_text(otherwise),
             {"0", "which layers rotate: all but every so many; 0: all"});
    }
  } else if (!p.is_gguf()) {
    const std::vector<std::int64_t> stated = *p.metadata().integers(entry->first);
    if (!stated.empty()) rotates.assign(stated.begin(), stated.end());
  } else if (formats::is_array(entry->second.value)) {
    rotates = *p.metadata().booleans(entry->first);
  } else {
    rotates = all_but_every(*p.integer(kRotates, {0, kLayerCount.high}), otherwise.size());
  }
  if (rotates.size() < spec.layers.size()) {
    p.fail(kRotates, format("{} entries", rotates.size()),
           format("one for each of the {} layers", spec.layers.size()));
  }
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t layer) {
    if (!rotates[layer]) attention.rope.reset();
  });
}

void set_windows(const HyperParameters& p, ModelSpec& spec, const std::vector<bool>& is_sliding,
                 const KnownWindow& known) {
  const std::int64_t window = window_size(p, known);
  if (window == 0) return;
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t layer) {
    if (is_sliding[layer]) attention.window = window;
  });
}

void read_query_scalar(const HyperParameters& p, std::int64_t odd_layers, ModelSpec& spec) {
  constexpr Key kScale{"attention.scale", ""}, kScalar{"", "query_pre_attn_scalar"};
  const bool is_odd = p.is_gguf() && std::ssize(spec.layers) == odd_layers;
  const auto scalar = p.positive(kScalar);
  const auto stated = p.positive(kScale);
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t) {
    const auto width =
        static_cast<double>(spec.hidden_size) / static_cast<double>(attention.head_count);
    const auto of_width = static_cast<float>(1 / std::sqrt(width)), of_head = attention.scale;
    if (is_odd) attention.scale = of_width;
    p.note(kScale, to_text(attention.scale),
           {to_text(is_odd ? of_head : of_width),
            "the factor on scores, one divided by the root of query_pre_attn_scalar"});
    if (scalar) attention.scale = static_cast<float>(1 / std::sqrt(*scalar));
    if (stated) attention.scale = static_cast<float>(*stated);
  });
}

void read_shared_kv(const HyperParameters& p, std::int64_t missing,
                    const std::vector<bool>& is_sliding, ModelSpec& spec) {
  constexpr Key kShared{"attention.shared_kv_layers", "num_kv_shared_layers"};
  const std::int64_t layers = std::ssize(spec.layers);
  const std::int64_t shared = p.integer(kShared, {0, kLayerCount.high}).value_or(missing);
  const std::string found =
      p.has(kShared) ? to_text(shared) : format("nothing, which means {}", shared);
  if (shared >= layers) p.fail(kShared, found, format("less than {} layers", layers));
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t layer) {
    std::int64_t own = layers - shared;
    if (static_cast<std::int64_t>(layer) < own) return;
    do {
      if (--own < 0) {
        p.fail(kShared, found, "an earlier layer of each kind with keys of its own");
      }
    } while (is_sliding[static_cast<std::size_t>(own)] != is_sliding[layer]);
    const auto& source = std::get<AttentionSpec>(spec.layers[static_cast<std::size_t>(own)].mixer);
    if (attention.head_size != source.head_size) {
      p.fail(kShared, format("heads of {} and {} values", source.head_size, attention.head_size),
             "one size in layers that share keys");
    }
    attention.kv_layer = own;
    attention.kv_head_count = source.kv_head_count;
    attention.has_value_norm = false;
  });
}

void read_layer_inputs(const HyperParameters& p, std::int64_t missing, ModelSpec& spec) {
  constexpr Key kSize{"embedding_length_per_layer_input", "hidden_size_per_layer_input"},
      kTokens{"", "vocab_size_per_layer_input"};
  const std::int64_t size = p.integer(kSize, {0, kHiddenSize.high}).value_or(missing);
  if (size == 0) return;
  spec.layer_inputs = {
      .size = size,
      .vocabulary_size = p.integer(kTokens, kVocabularySize).value_or(spec.vocabulary_size),
      .activation = std::get<DenseFfnSpec>(spec.layers.front().ffn).shape.activation};
}

void set_latent_attention(const HyperParameters& p, const RopeConventions& conventions,
                          ModelSpec& spec) {
  constexpr Key kQueryRank{"attention.q_lora_rank", "q_lora_rank"};
  constexpr Key kLatent{"attention.kv_lora_rank", "kv_lora_rank"};
  constexpr Key kRotated{"rope.dimension_count", "qk_rope_head_dim"};
  constexpr Key kPlain{"", "qk_nope_head_dim"}, kValue{"attention.value_length_mla", "v_head_dim"};
  constexpr Key kKey{"attention.key_length_mla", ""};
  LatentAttentionSpec latent;
  latent.head_count = p.require_integer(kHeads, kHeadCount);
  latent.query_rank = p.integer(kQueryRank, kFfnSize).value_or(0);
  latent.latent_size = p.require_integer(kLatent, {1, 8192});
  latent.rotated_size = p.require_integer(kRotated, kHeadSize);
  if (p.is_gguf()) {
    const Key key = p.has(kKey) ? kKey : kHead;
    latent.plain_size =
        p.require_integer(key, {latent.rotated_size + 1, kHeadSize.high}) - latent.rotated_size;
  } else {
    latent.plain_size = p.require_integer(kPlain, kHeadSize);
  }
  latent.value_size =
      p.has(kValue) ? p.require_integer(kValue, kHeadSize) : spec.hidden_size / latent.head_count;
  if (latent.value_size < 1) {
    p.fail(kHeads, to_text(latent.head_count),
           format("at most the hidden size {}", spec.hidden_size));
  }
  latent.scale = static_cast<float>(
      1 / std::sqrt(static_cast<double>(latent.plain_size + latent.rotated_size)));
  spec.ropes = {read_rope(p, conventions, latent.rotated_size)};
  for (LayerSpec& layer : spec.layers) layer.mixer = latent;
}

bool read_renormalised(const HyperParameters& p, bool usual_in_gguf, bool usual_in_folders) {
  constexpr Key kKey{"expert_weights_norm", "norm_topk_prob"};
  const Doubt doubt{to_text(!usual_in_gguf),
                    "whether the weights of a token's experts are divided by their sum "
                    "(norm_topk_prob)"};
  return p.boolean(kKey).value_or(p.is_gguf() ? p.assume(kKey, usual_in_gguf, doubt)
                                              : usual_in_folders);
}

MixtureFfnSpec read_mixture(const HyperParameters& p, const ModelSpec& spec) {
  constexpr Key kCount{"expert_count", "num_local_experts|num_experts|n_routed_experts"};
  constexpr Key kUsed{"expert_used_count", "num_experts_per_tok"};
  constexpr Key kSize{"expert_feed_forward_length", "moe_intermediate_size"};
  MixtureFfnSpec mixture;
  mixture.expert = std::get<DenseFfnSpec>(spec.layers.front().ffn).shape;
  mixture.expert.size = p.integer(kSize, kFfnSize).value_or(mixture.expert.size);
  mixture.layout = p.is_gguf() ? ExpertLayout::Stacked : ExpertLayout::Separate;
  mixture.routing.expert_count = p.require_integer(kCount, kExpertCount);
  mixture.routing.used_count = p.require_integer(kUsed, {1, mixture.routing.expert_count});
  return mixture;
}

}  // namespace bantam::model
