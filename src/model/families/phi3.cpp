// Phi-3 and 3.5 mini and medium, Phi-4 and Phi-4 mini: Llama's network with fused matrices, a
// window, and LongRoPE in the long versions.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.norm_epsilon = 1e-5});
  read_window(p, spec, {2047, "Phi-3-mini-4k"});
  for_each_attention(
      spec, [](AttentionSpec& attention, std::size_t) { attention.layout = QkvLayout::Fused; });
  for_each_dense_ffn(spec, [](DenseFfnSpec& ffn) { ffn.is_fused = true; });
  return spec;
}

constexpr std::string_view kNames[] = {"phi3"};

constexpr SharedKey kKeys[] = {{{"rope.scaling.type", ""}, formats::GgufType::Text},
                               kWindowLengthKey};

// A window of 0 tells readers that there is none, as in Phi-4.
void add(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  constexpr Key kOriginal{
      "",
      "rope_parameters.original_max_position_embeddings|"
      "rope_scaling.original_max_position_embeddings|original_max_position_embeddings"};
  add_rope_size(folder, spec, out);
  out.integer("rope.scaling.original_context_length",
              folder.integer(kOriginal, kContextLength).value_or(spec.context_length));
  if (!out.has("attention.sliding_window")) out.integer("attention.sliding_window", 0);
  if (std::holds_alternative<LongRopeScaling>(spec.ropes.front().scaling)) {
    out.real("rope.scaling.attn_factor", spec.ropes.front().magnitude);
  }
}

void restore(const HyperParameters& gguf, const ModelSpec&, KeyWriter& out) {
  constexpr Key kOriginal{"rope.scaling.original_context_length", ""};
  const auto original = gguf.integer(kOriginal, kContextLength);
  if (original) out.integer("original_max_position_embeddings", *original);
}

constexpr GgufForm kForms[] = {{.architecture = "phi3",
                                .model_type = "phi3",
                                .class_name = "Phi3ForCausalLM",
                                .keys = kKeys,
                                .splits = "dbrx|gpt-4o",
                                .marks_added_tokens = true,
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::phi3() {
  return {.name = "phi3",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
