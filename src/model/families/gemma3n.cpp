// Gemma 3n, the text part: Gemma 3 with hidden states in several streams, a learned residual beside
// attention, a second embedding, sparse first layers, and last layers that read earlier keys.
#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

constexpr RopeConventions kRope{.base = 1e6};

// x of which a normal variable is smaller with this probability, by bisection.
double normal_quantile(double probability) {
  double low = -40, high = 40;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::sqrt(2.0)) / 2 < probability ? low : high) = middle;
  }
  return low;
}

// Folders state which part of the gates is to become 0, GGUF files the standard deviations that a
// normal distribution leaves it by; minus infinity: all gates count as they are.
void read_sparsity(const HyperParameters& p, ModelSpec& spec) {
  constexpr Key kSparsity{"activation_sparsity_scale", "activation_sparsity_pattern"};
  const std::size_t layers = spec.layers.size();
  std::vector<double> stated = p.reals(kSparsity).value_or(std::vector<double>{});
  if (!p.has(kSparsity)) {  // as the class has it
    const double none = p.is_gguf() ? -INFINITY : 0;
    const double most = p.is_gguf() ? normal_quantile(0.95) : 0.95;
    for (std::size_t i = 0; i < layers; ++i) stated.push_back(layers > 10 && i < 10 ? most : none);
  }
  if (stated.size() < layers) {
    p.fail(kSparsity, format("{} entries", stated.size()),
           format("one for each of the {} layers", layers));
  }
  for (std::size_t i = 0; i < layers; ++i) {
    double cutoff = stated[i];
    if (!p.is_gguf()) {
      if (!(cutoff >= 0 && cutoff < 1)) p.fail(kSparsity, to_text(cutoff), "0 to less than 1");
      cutoff = cutoff == 0 ? -INFINITY : normal_quantile(static_cast<float>(cutoff));
    }
    if (cutoff == -INFINITY) continue;
    if (!(std::abs(cutoff) <= 40)) {
      p.fail(kSparsity, to_text(cutoff), "-40 to 40 standard deviations, or minus infinity");
    }
    std::get<DenseFfnSpec>(spec.layers[i].ffn).gate_cutoff = static_cast<float>(cutoff);
  }
}

AltUpSpec read_altup(const HyperParameters& p) {
  constexpr Key kCount{"altup.num_inputs", "altup_num_inputs"},
      kActive{"altup.active_idx", "altup_active_idx"}, kScales{"", "altup_correct_scale"};
  AltUpSpec altup;
  altup.stream_count = p.integer(kCount, {2, 64}).value_or(4);
  altup.active_stream = p.integer(kActive, {0, altup.stream_count - 1}).value_or(0);
  altup.scales_active = p.boolean(kScales).value_or(true);
  return altup;
}

std::int64_t laurel_rank(const HyperParameters& p) {
  constexpr Key kRank{"", "laurel_rank"};
  if (!p.is_gguf()) return p.integer(kRank, kHiddenSize).value_or(64);
  const auto* matrix = TensorNames().find(p.file(), Role::LaurelDown);
  return matrix == nullptr ? 64 : matrix->tensor.shape.rows();
}

ModelSpec read(const HyperParameters& p) {
  constexpr Key kLogitCap{"final_logit_softcapping", "final_logit_softcapping"};
  ModelSpec spec = read_transformer(p, {.rope = kRope,
                                        .head_count = 8,
                                        .kv_head_count = 2,
                                        .head_size = 256,
                                        .has_tied_output = true,
                                        .activation = kernels::Activation::GeluTanh});
  spec.embedding_scale = static_cast<float>(std::sqrt(static_cast<double>(spec.hidden_size)));
  spec.logit_softcap = static_cast<float>(p.positive(kLogitCap).value_or(30));
  read_biases(p, spec);
  const std::int64_t head_size = std::get<AttentionSpec>(spec.layers.front().mixer).head_size;
  spec.ropes = {read_rope(p, kRope, head_size, "full_attention"),
                read_sliding_rope(p, kRope, head_size)};
  const std::vector<bool> sliding = sliding_layers(p, spec.layers.size(), 5);
  set_windows(p, spec, sliding, {.size = 512, .models = "Gemma 3n", .of_class = 512});
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t layer) {
    attention.scale = 1;
    attention.head_norm = HeadNorm::PerHead;
    attention.has_value_norm = true;
    attention.rope = sliding[layer] ? 1 : 0;
  });
  const std::int64_t layers = std::ssize(spec.layers);
  read_shared_kv(p, p.is_gguf() ? std::max<std::int64_t>(0, layers - 20) : 15, sliding, spec);
  read_layer_inputs(p, 256, spec);
  read_sparsity(p, spec);
  spec.altup = read_altup(p);
  for (LayerSpec& layer : spec.layers) {
    layer.has_output_norms = true;
    layer.laurel_rank = laurel_rank(p);
  }
  return spec;
}

constexpr std::string_view kArchitectures[] = {"gemma3n"};
constexpr std::string_view kTypes[] = {"gemma3n_text"};
constexpr TensorName kTensors[] = {
    {Role::FfnNorm, "", "model.layers.{}.pre_feedforward_layernorm.weight"},
};

}  // namespace

Family family::gemma3n() {
  return {.name = "gemma3n",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kTypes,
          .tensor_names = kTensors,
          .read = read};
}

}  // namespace bantam::model
