#include "model/residual/altup.h"

#include <array>

#include "model/pass.h"
#include "model/weight_binder.h"

namespace bantam::model {
namespace {

// Of the mean square of what is brought to a magnitude.
constexpr float kSquareMin = 1e-5F;

// [rows, streams] from -1 to 1, of a state [rows, hidden].
Tensor modalities(Pass& pass, const AltUpSpec& spec, const AltUpWeights& weights, const Tensor& x) {
  const std::int64_t hidden = x.shape.columns();
  const Tensor routed = pass.allocate(spec.stream_count);
  const backend::ArenaScope scope(pass.ops);
  const Tensor normed = pass.allocate(hidden);
  pass.norm(weights.router_norm, x, normed);
  pass.ops.linear(normed, std::array{project(weights.router, routed)});
  pass.ops.scale(routed, 1 / static_cast<float>(hidden), routed);
  pass.ops.softcap(routed, 1, routed);  // the hyperbolic tangent
  return routed;
}

// A matrix for each stream but the first, [hidden, hidden].
std::vector<LinearWeights> bind_matrices(WeightBinder& binder, const AltUpSpec& spec, Role role) {
  const std::int64_t hidden = binder.spec().hidden_size;
  const std::int64_t count = spec.stream_count - 1;
  Tensor stacked;
  if (binder.is_gguf()) {
    stacked = binder.stored(role, Part::Weight, 0, 0, Shape{count, hidden, hidden});
  }
  std::vector<LinearWeights> matrices;
  for (std::int64_t i = 0; i < count; ++i) {
    matrices.push_back(binder.is_gguf() ? LinearWeights{rows_of(stacked, i * hidden, hidden), {}}
                                        : binder.linear(role, i, hidden, hidden, false));
  }
  return matrices;
}

}  // namespace

AltUpEndWeights bind_altup_ends(WeightBinder& binder, const AltUpSpec& spec) {
  return {.widen = bind_matrices(binder, spec, Role::StreamProjection),
          .merge = bind_matrices(binder, spec, Role::StreamMerge)};
}

AltUpWeights bind_weights(WeightBinder& binder, const AltUpSpec& spec, std::int64_t layer) {
  const std::int64_t hidden = binder.spec().hidden_size, count = spec.stream_count;
  AltUpWeights weights;
  weights.router_norm = binder.norm(Role::StreamRouterNorm, layer, hidden, false);
  weights.router = binder.linear(Role::StreamRouter, layer, count, hidden, false);
  weights.prediction = binder.linear(Role::StreamPrediction, layer, count * count, count, false);
  weights.correction = binder.linear(Role::StreamCorrection, layer, count, count, false);
  weights.correction.bias = binder.constant(count, 1);
  if (spec.scales_active) {
    weights.active_scale = binder.vector(Role::StreamScale, Part::Weight, layer, hidden);
  } else {
    binder.leave_out(Role::StreamScale, layer);
  }
  return weights;
}

Tensor stream(const Tensor& streams, std::int64_t rows, std::int64_t index) {
  // Where costs are counted tensors have no memory.
  std::byte* data = streams.empty() ? nullptr : streams.row(index * rows);
  return {streams.type, Shape{rows, streams.shape.columns()}, data};
}

void widen(Pass& pass, const Tensor& streams) {
  const Tensor first = stream(streams, pass.rows(), 0);
  std::int64_t index = 1;
  for (const LinearWeights& matrix : pass.model.altup_ends().widen) {
    const Tensor out = stream(streams, pass.rows(), index++);
    pass.ops.linear(first, std::array{project(matrix, out)});
    pass.ops.match_magnitude(out, first, kSquareMin, out);
  }
}

void predict(Pass& pass, const AltUpSpec& spec, const AltUpWeights& weights, const Tensor& streams,
             Tensor out) {
  const backend::ArenaScope scope(pass.ops);
  const Tensor active = stream(streams, pass.rows(), spec.active_stream);
  const Tensor factors = pass.allocate(spec.stream_count * spec.stream_count);
  pass.ops.linear(modalities(pass, spec, weights, active),
                  std::array{project(weights.prediction, factors)});
  pass.ops.add_mixtures(streams, streams, factors, out);
}

void correct(Pass& pass, const AltUpSpec& spec, const AltUpWeights& weights,
             const Tensor& predictions, const Tensor& computed, Tensor out) {
  const backend::ArenaScope scope(pass.ops);
  const Tensor factors = pass.allocate(spec.stream_count);
  pass.ops.linear(modalities(pass, spec, weights, computed),
                  std::array{project(weights.correction, factors)});
  const Tensor change = pass.allocate(computed.shape.columns());
  pass.ops.add(computed, stream(predictions, pass.rows(), spec.active_stream), -1, change);
  pass.ops.add_mixtures(predictions, change, factors, out);
}

void merge(Pass& pass, const AltUpSpec& spec, const Tensor& streams) {
  const backend::ArenaScope scope(pass.ops);
  const std::int64_t rows = streams.shape.rows() / spec.stream_count;
  const Tensor first = stream(streams, rows, 0);
  const Tensor projected = pass.ops.allocate(first.shape);
  std::int64_t index = 1;
  for (const LinearWeights& matrix : pass.model.altup_ends().merge) {
    const Tensor other = stream(streams, rows, index++);
    pass.ops.linear(other, std::array{project(matrix, projected)});
    pass.ops.match_magnitude(projected, first, kSquareMin, other);
  }
  for (index = 1; index < spec.stream_count; ++index) {
    pass.ops.add(first, stream(streams, rows, index), 1, first);
  }
  pass.ops.scale(first, 1 / static_cast<float>(spec.stream_count), first);
}

}  // namespace bantam::model
