#include "model/conversion/unstated.h"

#include <cmath>
#include <optional>

#include "base/format.h"
#include "model/conversion/common_keys.h"
#include "model/conversion/tensor_layout.h"

namespace bantam::model {
namespace {

// To as many digits as a number in single precision has after a computation or two.
std::string number(double value) {
  if (value == 0 || !std::isfinite(value)) return to_text(value);
  const double scale = std::pow(10.0, 5 - std::floor(std::log10(std::abs(value))));
  return to_text(static_cast<float>(std::round(value * scale) / scale));
}

// What each layer says of itself, layers that say the same in one: "16 in layers 0 to 2, none in
// layer 3". Layers of another kind say nothing.
template <typename Say>
std::string by_layer(const ModelSpec& spec, const Say& say) {
  std::string text;
  std::optional<std::string> last;
  std::size_t first = 0;
  bool is_one = true;
  const auto end_run = [&](std::size_t end) {
    if (!last) return;
    if (!text.empty()) text += ", ";
    text += *last + (first + 1 == end ? format(" in layer {}", first)
                                      : format(" in layers {} to {}", first, end - 1));
  };
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const std::optional<std::string> said = say(spec.layers[i]);
    if (i > 0 && said == last) continue;
    if (i > 0) is_one = false;
    end_run(i);
    last = said;
    first = i;
  }
  if (is_one) return last.value_or("");
  end_run(spec.layers.size());
  return text;
}

template <typename Say>
std::string by_attention(const ModelSpec& spec, const Say& say) {
  return by_layer(spec, [&](const LayerSpec& layer) -> std::optional<std::string> {
    const AttentionSpec* attention = attention_of(layer);
    if (attention == nullptr) return std::nullopt;
    return say(*attention);
  });
}

template <typename Say>
std::string by_mixture(const ModelSpec& spec, const Say& say) {
  return by_layer(spec, [&](const LayerSpec& layer) -> std::optional<std::string> {
    const auto* mixture = std::get_if<MixtureFfnSpec>(&layer.ffn);
    if (mixture == nullptr) return std::nullopt;
    return say(*mixture);
  });
}

// Divisors are tensors of the file, which every reader uses: they are not said here.
std::string scaling_text(const RopeScaling& scaling) {
  if (const auto* linear = std::get_if<LinearRopeScaling>(&scaling)) {
    return ", stretched by " + number(linear->factor);
  }
  if (const auto* yarn = std::get_if<YarnRopeScaling>(&scaling)) {
    return ", stretched as in YaRN by " + number(yarn->factor) + " from " +
           number(yarn->beta_fast) + " to " + number(yarn->beta_slow) +
           (yarn->is_range_rounded ? "" : ", not rounded");
  }
  return "";
}

std::string rope_text(const ModelSpec& spec, const AttentionSpec& attention) {
  if (!attention.rope) return "no rotation";
  const RopeSpec& rope = spec.ropes[*attention.rope];
  return format("rotation of {} values with base {}{}", rope.rotated_size, number(rope.base),
                scaling_text(rope.scaling));
}

struct Aspect {
  std::string_view keys;  // of config.json
  std::string (*say)(const ModelSpec&);
};

constexpr Aspect kAspects[] = {
    {"sliding_window, layer_types",
     [](const ModelSpec& spec) {
       return by_attention(spec, [](const AttentionSpec& attention) {
         return attention.window == kNoWindow ? std::string("no window")
                                              : format("a window of {}", attention.window);
       });
     }},
    {"no_rope_layers, rope_theta, rope_scaling",
     [](const ModelSpec& spec) {
       return by_attention(
           spec, [&](const AttentionSpec& attention) { return rope_text(spec, attention); });
     }},
    {"norm_topk_prob",
     [](const ModelSpec& spec) {
       return by_mixture(spec, [](const MixtureFfnSpec& mixture) {
         return std::string(mixture.routing.is_renormalised
                                ? "weights of the chosen experts scaled to a sum of 1"
                                : "weights of the chosen experts as they are");
       });
     }},
    {"routed_scaling_factor",
     [](const ModelSpec& spec) {
       return by_mixture(spec, [](const MixtureFfnSpec& mixture) {
         return "experts times " + number(static_cast<double>(mixture.routing.scale));
       });
     }},
    {"swiglu_limit",
     [](const ModelSpec& spec) {
       return by_mixture(spec, [](const MixtureFfnSpec& mixture) {
         return "gates up to " + number(static_cast<double>(mixture.expert.clamp));
       });
     }},
    {"mlp_only_layers, decoder_sparse_step",
     [](const ModelSpec& spec) {
       return by_layer(spec, [](const LayerSpec& layer) -> std::optional<std::string> {
         return std::holds_alternative<MixtureFfnSpec>(layer.ffn) ? "experts" : "no experts";
       });
     }},
    {"hidden_act",
     [](const ModelSpec& spec) {
       return by_layer(spec, [](const LayerSpec& layer) -> std::optional<std::string> {
         const auto* dense = std::get_if<DenseFfnSpec>(&layer.ffn);
         if (dense != nullptr && dense->has_xielu) return std::nullopt;
         const auto& shape =
             dense != nullptr ? dense->shape : std::get<MixtureFfnSpec>(layer.ffn).expert;
         return std::string(activation_name(shape.activation));
       });
     }},
    {"attn_logit_softcapping, final_logit_softcapping",
     [](const ModelSpec& spec) {
       return "scores capped at " +
              by_attention(spec,
                           [](const AttentionSpec& attention) {
                             return number(static_cast<double>(attention.softcap));
                           }) +
              ", logits at " + number(static_cast<double>(spec.logit_softcap));
     }},
};

// Of families whose files have no multipliers inside the weights.
constexpr Aspect kScales[] = {
    {"query_pre_attn_scalar, attention_multiplier",
     [](const ModelSpec& spec) {
       return "scores times " + by_attention(spec, [](const AttentionSpec& attention) {
                return number(static_cast<double>(attention.scale));
              });
     }},
    {"embedding_multiplier, scale_emb",
     [](const ModelSpec& spec) {
       return "embeddings times " + number(static_cast<double>(spec.embedding_scale));
     }},
    {"residual_multiplier, scale_depth",
     [](const ModelSpec& spec) {
       return "branches times " + number(static_cast<double>(spec.residual_scale));
     }},
    {"logits_scaling, logit_scale, dim_model_base",
     [](const ModelSpec& spec) {
       return "logits times " + number(static_cast<double>(spec.logit_scale) *
                                       static_cast<double>(spec.output_scale));
     }},
};

}  // namespace

std::vector<std::string> find_unstated(const FormChoice& choice, const ModelSpec& folder,
                                       const formats::TensorFile& gguf) {
  const auto& [family, form] = choice;
  const Family& reader = family_of(gguf);
  const ModelSpec read = read_spec(reader, gguf);
  std::vector<std::string> sentences;
  const auto compare = [&](const Aspect& aspect) {
    const std::string meant = aspect.say(folder), found = aspect.say(read);
    if (meant == found) return;
    sentences.push_back(
        format("{}: the folder has {}; GGUF files of {} cannot say so, and their "
               "readers take {}",
               aspect.keys, meant, form.architecture, found));
  };
  for (const Aspect& aspect : kAspects) compare(aspect);
  if (form.factors.empty()) {
    for (const Aspect& aspect : kScales) compare(aspect);
  }
  for (const OwnKey& own : form.own_keys) {
    const std::string key = format("{}.{}", form.architecture, own.gguf);
    if (!gguf.metadata().contains(key)) continue;
    sentences.push_back(format("{}: written as {}, which other programs do not read: they take {}",
                               own.folder, key, own.assumed));
  }
  return sentences;
}

}  // namespace bantam::model
