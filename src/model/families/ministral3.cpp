// Ministral 3: Mistral's network whose queries grow with their position.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  constexpr Key kSlope{"attention.temperature_scale", "rope_parameters.llama_4_scaling_beta"},
      kPeriod{"rope.scaling.original_context_length",
              "rope_parameters.original_max_position_embeddings"};
  ModelSpec spec = read_transformer(
      p, {.rope = {.gguf_pairs = backend::RopePairs::Neighbours}, .norm_epsilon = 1e-5});
  read_window(p, spec);
  p.note(kSlope, "none", {"0.1", "the growth of queries with their position"});
  const auto slope = p.positive(kSlope);
  if (!slope) return spec;
  const QueryTemperature temperature{*slope, p.require_integer(kPeriod, kContextLength)};
  for_each_attention(
      spec, [&](AttentionSpec& attention, std::size_t) { attention.temperature = temperature; });
  return spec;
}

constexpr std::string_view kArchitectures[] = {"mistral3"};
constexpr std::string_view kTypes[] = {"ministral3"};

using enum formats::GgufType;
constexpr SharedKey kKeys[] = {
    kVocabularyKey,
    kWindowLengthKey,
    {{"rope.scaling.yarn_log_multiplier", "rope_parameters.mscale_all_dim"}, F32},
    {{"attention.temperature_scale", "rope_parameters.llama_4_scaling_beta"}, F32}};

// Readers take both as equal.
void restore(const HyperParameters& gguf, const ModelSpec&, KeyWriter& out) {
  constexpr Key kAll{"rope.scaling.yarn_log_multiplier", ""};
  if (const auto all = gguf.real(kAll)) out.real("rope_parameters.mscale", *all);
}

constexpr GgufForm kForms[] = {{.architecture = "mistral3",
                                .model_type = "ministral3",
                                .class_name = "Ministral3ForCausalLM",
                                .permutes_heads = true,
                                .keys = kKeys,
                                .splits = "tekken",
                                .states_space_prefix = true,
                                .has_rope_parameters = true,
                                .add = add_rope_size,
                                .restore = restore}};

}  // namespace

Family family::ministral3() {
  return {.name = "ministral3",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kTypes,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
