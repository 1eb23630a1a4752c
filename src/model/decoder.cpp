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
#include "model/residual/altup.h"
#include "model/residual/laurel.h"
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
  if (how.laurel_rank > 0) add_laurel(pass, layer.laurel, normed, hidden);
  if (how.has_input_norms) pass.norm(layer.ffn_norm, hidden, normed);
  run_ffn(pass, layer, normed, mixed);
  if (how.has_output_norms) pass.norm(layer.ffn_output_norm, mixed, mixed);
  pass.ops.add(hidden, mixed, spec.residual_scale, hidden);
}

// The same of the active stream, and what follows from it for all.
void run_streams(Pass& pass, std::int64_t index, const Tensor& streams) {
  const backend::ArenaScope scope(pass.ops);
  const AltUpSpec& spec = *pass.model.spec().altup;
  const AltUpWeights& weights = pass.model.layers()[static_cast<std::size_t>(index)].altup;
  const std::int64_t columns = streams.shape.columns();
  const Tensor predictions = pass.ops.allocate(streams.shape);
  const Tensor computed = pass.allocate(columns);
  predict(pass, spec, weights, streams, predictions);
  pass.ops.copy({stream(predictions, pass.rows(), spec.active_stream), columns, 0, columns},
                {computed, columns, 0, columns});
  run_branches(pass, index, computed);
  correct(pass, spec, weights, predictions, computed, streams);
}

// Adds the layer's own input to hidden [rows, hidden], or made of the active stream to all streams
// but the first.
void add_layer_input(Pass& pass, std::int64_t index, const Tensor& hidden) {
  const ModelSpec& spec = pass.model.spec();
  if (!spec.layer_inputs) return;
  const backend::ArenaScope scope(pass.ops);
  const Layer& layer = pass.model.layers()[static_cast<std::size_t>(index)];
  const Tensor given = pass.allocate(spec.hidden_size);
  if (!spec.altup) {
    mix_layer_input(pass, *spec.layer_inputs, layer.input, index, hidden, given);
    pass.ops.add(hidden, given, 1, hidden);
    return;
  }
  Tensor active = stream(hidden, pass.rows(), spec.altup->active_stream);
  if (spec.altup->scales_active) {
    const Tensor scaled = pass.allocate(spec.hidden_size);
    pass.ops.multiply(active, layer.altup.active_scale, scaled);
    active = scaled;
  }
  mix_layer_input(pass, *spec.layer_inputs, layer.input, index, active, given);
  for (std::int64_t i = 1; i < spec.altup->stream_count; ++i) {
    const Tensor other = stream(hidden, pass.rows(), i);
    pass.ops.add(other, given, 1, other);
  }
}

// hidden becomes what the next layer reads.
void run_layer(Pass& pass, std::int64_t index, const Tensor& hidden) {
  const Layer& layer = pass.model.layers()[static_cast<std::size_t>(index)];
  if (pass.model.spec().altup) {
    run_streams(pass, index, hidden);
  } else {
    run_branches(pass, index, hidden);
  }
  add_layer_input(pass, index, hidden);
  if (layer.scale != 1) pass.ops.scale(hidden, layer.scale, hidden);
}

// What enters the output matrix, [rows, hidden] of hidden states of any rows, which it overwrites.
Tensor finish(Pass& pass, const Tensor& hidden) {
  const ModelSpec& spec = pass.model.spec();
  if (spec.altup) merge(pass, *spec.altup, hidden);
  const Tensor out = stream(hidden, hidden.shape.rows() / stream_count(spec), 0);
  pass.norm(pass.model.output_norm(), out, out);
  if (spec.output_scale != 1) pass.ops.scale(out, spec.output_scale, out);
  return out;
}

void observe_output(Pass& pass, const Tensor& hidden, const HiddenObserver& observer) {
  const backend::ArenaScope scope(pass.ops);
  const std::int64_t columns = hidden.shape.columns();
  const Tensor copy = pass.ops.allocate(hidden.shape);
  pass.ops.copy({hidden, columns, 0, columns}, {copy, columns, 0, columns});
  observer(std::ssize(pass.model.layers()) + 1, finish(pass, copy));
}

// The rows of every stream that want logits.
void gather_outputs(Pass& pass, const Tensor& hidden, const Tensor& last) {
  const auto outputs = std::ssize(pass.batch.output_rows);
  for (std::int64_t i = 0; i < stream_count(pass.model.spec()); ++i) {
    pass.ops.gather_rows(stream(hidden, pass.rows(), i), pass.batch.output_rows,
                         stream(last, outputs, i));
  }
}

}  // namespace

Tensor forward(backend::Ops& ops, const Model& model, const backend::Batch& batch,
               backend::KvCache& cache, const HiddenObserver* observer) {
  ops.release(0);
  const ModelSpec& spec = model.spec();
  const auto outputs = static_cast<std::int64_t>(batch.output_rows.size());
  const Tensor logits = ops.allocate({outputs, spec.vocabulary_size});
  const backend::ArenaScope scope(ops);

  Pass pass{ops, model, batch, cache, {}, {}};
  compute_angles(pass);
  const Tensor hidden = ops.allocate({stream_count(spec) * pass.rows(), spec.hidden_size});
  embed(pass, stream(hidden, pass.rows(), 0));
  embed_for_layers(pass, stream(hidden, pass.rows(), 0));
  if (spec.altup) widen(pass, hidden);
  if (observer != nullptr) (*observer)(0, hidden);
  // Where no row wants logits, layers that leave nothing in the cache can be spared.
  const bool is_fill = outputs == 0 && observer == nullptr;
  const std::int64_t layer_count = is_fill ? model.cached_layers() : std::ssize(spec.layers);
  for (std::int64_t layer = 0; layer < layer_count; ++layer) {
    run_layer(pass, layer, hidden);
    if (observer != nullptr) (*observer)(layer + 1, hidden);
  }
  if (observer != nullptr) observe_output(pass, hidden, *observer);
  if (outputs == 0) return logits;
  const Tensor gathered = ops.allocate({stream_count(spec) * outputs, spec.hidden_size});
  gather_outputs(pass, hidden, gathered);
  const Tensor last = finish(pass, gathered);
  ops.linear(last, std::array{project(model.output(), logits)});
  if (spec.logit_scale != 1) ops.scale(logits, spec.logit_scale, logits);
  if (spec.logit_softcap > 0) ops.softcap(logits, spec.logit_softcap, logits);
  return logits;
}

}  // namespace bantam::model
