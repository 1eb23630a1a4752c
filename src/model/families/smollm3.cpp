// SmolLM3: Llama's network, in which every fourth layer does not rotate.
#include "base/format.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  constexpr Key kRotates{"", "no_rope_layers"};  // 1: the layer does rotate
  ModelSpec spec =
      read_transformer(p, {.rope = {.gguf_pairs = backend::RopePairs::Neighbours, .base = 2e6},
                           .has_tied_output = true});
  read_biases(p, spec);
  const auto rotates = p.is_gguf() ? std::nullopt : p.metadata().integers(p.name(kRotates));
  if (rotates && rotates->size() < spec.layers.size()) {
    p.fail(kRotates, format("{} entries", rotates->size()),
           format("one for each of the {} layers", spec.layers.size()));
  }
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t layer) {
    const bool does = rotates ? (*rotates)[layer] != 0 : (layer + 1) % 4 != 0;
    if (!does) attention.rope.reset();
  });
  return spec;
}

constexpr std::string_view kNames[] = {"smollm3"};

}  // namespace

Family family::smollm3() {
  return {.name = "smollm3",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read};
}

}  // namespace bantam::model
