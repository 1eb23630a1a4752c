// Gemma 1 and CodeGemma: scaled embeddings, a gate of tanh GELU, norms stored minus 1.
#include <cmath>

#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  // Published folders say "gelu" and mean its tanh form.
  ModelSpec spec = read_transformer(p, {.has_tied_output = true,
                                        .activation = kernels::Activation::GeluTanh,
                                        .states_activation = false});
  spec.norm.is_stored_minus_one = true;
  spec.embedding_scale = static_cast<float>(std::sqrt(static_cast<double>(spec.hidden_size)));
  return spec;
}

constexpr std::string_view kNames[] = {"gemma"};

constexpr SharedKey kKeys[] = {kNoRopeBase};

void restore(const HyperParameters&, const ModelSpec&, KeyWriter& out) {
  out.text("hidden_activation", "gelu_pytorch_tanh");
}

constexpr GgufForm kForms[] = {{.architecture = "gemma",
                                .model_type = "gemma",
                                .class_name = "GemmaForCausalLM",
                                .keys = kKeys,
                                .restore = restore}};

}  // namespace

Family family::gemma() {
  return {.name = "gemma",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
