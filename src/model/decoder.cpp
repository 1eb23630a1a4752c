#include "model/decoder.h"

#include <array>

#include "model/ffn/dense.h"
#include "model/ffn/mixture.h"
#include "model/mixers/attention.h"
#include "model/mixers/delta_net.h"
#include "model/mixers/latent_attention.h"
#include "model/mixers/short_convolution.h"
#include "model/mixers/state_space.h"
#include "model/pass.h"
#include "model/residual/layer_inputs.h"

namespace bantam::model {
namespace {

void compute_angles(Pass& pass) {
  const auto& ropes = pass.model.ropes();
  for (std::size_t i = 0; i < ropes.size(); ++i) {
    const std::int64_t pairs = ropes[i].rotated_size() / 2;
    pass.angles[i] = {pass.allocate(pairs), pass.allocate(pairs)};
    pass.ops.rope_angles(ropes[i], pass.batch, pass.angles[i]);
  }
}

void embed(Pass& pass, const Tensor& hidden) {
  const backend::ArenaScope scope(pass.ops);
  const ModelSpec& spec = pass.model.spec();
  pass.ops.embed(pass.model.token_embedding(), pass.batch.tokens, hidden);
  if (spec.embedding_scale != 1) pass.ops.scale(hidden, spec.embedding_scale, hidden);
  if (!spec.has_position_embedding) return;
  const Tensor places = pass.allocate(spec.hidden_size);
  pass.ops.embed(pass.model.position_embedding(), pass.batch.positions, places);
  pass.ops.add(hidden, places, 1, hidden);
}

void embed_for_layers(Pass& pass, const Tensor& hidden) {
  const ModelSpec& spec = pass.model.spec();
  if (!spec.layer_inputs) return;
  pass.layer_inputs = pass.allocate(std::ssize(spec.layers) * spec.layer_inputs->size);
  make_layer_inputs(pass, *spec.layer_inputs, hidden, pass.layer_inputs);
}

void run_mixer(Pass& pass, const Layer& layer, std::int64_t index, const Tensor& x, Tensor out) {
  std::visit([&](const auto& mixer) { mix(pass, mixer.spec, mixer.weights, index, x, out); },
             layer.mixer);
}

void run_ffn(Pass& pass, const Layer& layer, const Tensor& x, Tensor out) {
  std::visit([&](const auto& ffn) { feed(pass, ffn.spec, ffn.weights, x, out); }, layer.ffn);
}

// Adds what mixer and feed-forward network give; see LayerSpec.
void run_branches(Pass& pass, std::int64_t index, const Tensor& hidden) {
  const backend::ArenaScope scope(pass.ops);
  const ModelSpec& spec = pass.model.spec();
  const LayerSpec& how = spec.layers[static_cast<std::size_t>(index)];
  const Layer& layer = pass.model.layers()[static_cast<std::size_t>(index)];
  const Tensor normed = how.has_input_norms ? pass.allocate(spec.hidden_size) : hidden;
  const Tensor mixed = pass.allocate(spec.hidden_size);

  if (how.has_input_norms) pass.norm(layer.mixer_norm, hidden, normed);
  run_mixer(pass, layer, index, normed, mixed);
  if (how.has_output_norms) pass.norm(layer.mixer_output_norm, mixed, mixed);

  if (how.is_parallel) {
    const Tensor fed = pass.allocate(spec.hidden_size);
    if (!how.shares_norm) pass.norm(layer.ffn_norm, hidden, normed);
    run_ffn(pass, layer, normed, fed);
    pass.ops.add(mixed, fed, 1, mixed);
    pass.ops.add(hidden, mixed, spec.residual_scale, hidden);
    return;
  }
  pass.ops.add(hidden, mixed, spec.residual_scale, hidden);
  if (how.has_input_norms) pass.norm(layer.ffn_norm, hidden, normed);
  run_ffn(pass, layer, normed, mixed);
  if (how.has_output_norms) pass.norm(layer.ffn_output_norm, mixed, mixed);
  pass.ops.add(hidden, mixed, spec.residual_scale, hidden);
}

// hidden [rows, hidden] becomes what the next layer reads.
void run_layer(Pass& pass, std::int64_t index, const Tensor& hidden) {
  const ModelSpec& spec = pass.model.spec();
  const Layer& layer = pass.model.layers()[static_cast<std::size_t>(index)];
  run_branches(pass, index, hidden);
  if (spec.layer_inputs) {
    const backend::ArenaScope scope(pass.ops);
    const Tensor given = pass.allocate(spec.hidden_size);
    mix_layer_input(pass, *spec.layer_inputs, layer.input, index, hidden, given);
    pass.ops.add(hidden, given, 1, hidden);
  }
  if (layer.scale != 1) pass.ops.scale(hidden, layer.scale, hidden);
}

// What enters the output matrix: out may be hidden.
void finish(Pass& pass, const Tensor& hidden, const Tensor& out) {
  const ModelSpec& spec = pass.model.spec();
  pass.norm(pass.model.output_norm(), hidden, out);
  if (spec.output_scale != 1) pass.ops.scale(out, spec.output_scale, out);
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

  Pass pass{ops, model, batch, cache, {}, {}};
  compute_angles(pass);
  const Tensor hidden = pass.allocate(spec.hidden_size);
  embed(pass, hidden);
  embed_for_layers(pass, hidden);
  if (observer != nullptr) (*observer)(0, hidden);
  for (std::int64_t layer = 0; layer < layer_count; ++layer) {
    run_layer(pass, layer, hidden);
    if (observer != nullptr) (*observer)(layer + 1, hidden);
  }
  if (observer != nullptr) {
    const backend::ArenaScope observed(ops);
    const Tensor normed = pass.allocate(spec.hidden_size);
    finish(pass, hidden, normed);
    (*observer)(layer_count + 1, normed);
  }
  if (outputs == 0) return logits;
  const Tensor last = ops.allocate({outputs, spec.hidden_size});
  ops.gather_rows(hidden, batch.output_rows, last);
  finish(pass, last, last);
  ops.linear(last, std::array{project(model.output(), logits)});
  if (spec.logit_scale != 1) ops.scale(logits, spec.logit_scale, logits);
  if (spec.logit_softcap > 0) ops.softcap(logits, spec.logit_softcap, logits);
  return logits;
}

}  // namespace bantam::model
