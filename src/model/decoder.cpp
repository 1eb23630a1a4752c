#include "model/decoder.h"

#include <array>

#include "model/ffn/gated.h"
#include "model/mixers/attention.h"
#include "model/pass.h"

namespace bantam::model {
namespace {

void compute_angles(Pass& pass) {
  const auto& ropes = pass.model.ropes();
  for (std::size_t i = 0; i < ropes.size(); ++i) {
    const std::int64_t pairs = ropes[i].rotated_size() / 2;
    pass.angles[i] = {pass.allocate(pairs), pass.allocate(pairs)};
    pass.ops.rope_angles(ropes[i], pass.batch.positions, pass.angles[i]);
  }
}

// hidden += mixer(norm(hidden)); hidden += ffn(norm(hidden)).
void run_layer(Pass& pass, std::int64_t layer, Tensor hidden) {
  const backend::ArenaScope scope(pass.ops);
  const ModelSpec& spec = pass.model.spec();
  const LayerSpec& layer_spec = spec.layers[static_cast<std::size_t>(layer)];
  const LayerWeights& weights = pass.model.layers()[static_cast<std::size_t>(layer)];
  const Tensor normed = pass.allocate(spec.hidden_size);
  const Tensor branch = pass.allocate(spec.hidden_size);

  pass.ops.rms_norm(hidden, weights.mixer_norm, spec.norm_epsilon, normed);
  std::visit(
      [&](const auto& mixer, const auto& bound) { mix(pass, mixer, bound, layer, normed, branch); },
      layer_spec.mixer, weights.mixer);
  pass.ops.add(hidden, branch, hidden);

  pass.ops.rms_norm(hidden, weights.ffn_norm, spec.norm_epsilon, normed);
  std::visit([&](const auto& ffn, const auto& bound) { feed(pass, ffn, bound, normed, branch); },
             layer_spec.ffn, weights.ffn);
  pass.ops.add(hidden, branch, hidden);
}

}  // namespace

Tensor forward(backend::Ops& ops, const Model& model, const backend::Batch& batch,
               backend::KvCache& cache, const HiddenObserver* observer) {
  ops.release(0);
  const ModelSpec& spec = model.spec();
  const auto outputs = static_cast<std::int64_t>(batch.output_rows.size());
  const auto layer_count = static_cast<std::int64_t>(spec.layers.size());
  const Tensor logits = ops.allocate({outputs, spec.vocabulary_size});
  const backend::ArenaScope scope(ops);

  Pass pass{ops, model, batch, cache, {}};
  compute_angles(pass);
  const Tensor hidden = pass.allocate(spec.hidden_size);
  ops.embed(model.token_embedding(), batch.tokens, hidden);
  if (observer != nullptr) (*observer)(0, hidden);
  for (std::int64_t layer = 0; layer < layer_count; ++layer) {
    run_layer(pass, layer, hidden);
    if (observer != nullptr) (*observer)(layer + 1, hidden);
  }
  if (observer != nullptr) {
    const backend::ArenaScope observed(ops);
    const Tensor normed = pass.allocate(spec.hidden_size);
    ops.rms_norm(hidden, model.output_norm(), spec.norm_epsilon, normed);
    (*observer)(layer_count + 1, normed);
  }
  if (outputs == 0) return logits;
  const Tensor last = ops.allocate({outputs, spec.hidden_size});
  ops.gather_rows(hidden, batch.output_rows, last);
  ops.rms_norm(last, model.output_norm(), spec.norm_epsilon, last);
  ops.linear(last, std::array{project(model.output(), logits)});
  return logits;
}

}  // namespace bantam::model
