// Ministral 3: Mistral's network whose queries grow with their position.
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
  const auto slope = p.positive(kSlope);
  if (!slope) return spec;
  const QueryTemperature temperature{*slope, p.require_integer(kPeriod, kContextLength)};
  for_each_attention(
      spec, [&](AttentionSpec& attention, std::size_t) { attention.temperature = temperature; });
  return spec;
}

constexpr std::string_view kArchitectures[] = {"mistral3"};
constexpr std::string_view kTypes[] = {"ministral3"};

}  // namespace

Family family::ministral3() {
  return {.name = "ministral3",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kTypes,
          .tensor_names = {},
          .read = read};
}

}  // namespace bantam::model
