// The second embedding of Gemma 3n and 4: what each layer learns of the tokens besides the hidden
// state.
#pragma once

#include "model/weights.h"

namespace bantam::model {

struct Pass;
class WeightBinder;

LayerEmbeddingWeights bind_layer_embedding(WeightBinder& binder, const LayerInputSpec& spec);
LayerInputWeights bind_weights(WeightBinder& binder, const LayerInputSpec& spec,
                               std::int64_t layer);

// out [rows, layers * size] = (norm(projection(embedded) / sqrt(hidden)) + sqrt(size) * table) /
// sqrt(2), the norm over the vector of each layer. `embedded` [rows, hidden] is the first
// embedding.
void make_layer_inputs(Pass& pass, const LayerInputSpec& spec, const Tensor& embedded, Tensor out);

// out [rows, hidden] = norm(out(activation(gate(x)) * the layer's vectors)).
void mix_layer_input(Pass& pass, const LayerInputSpec& spec, const LayerInputWeights& weights,
                     std::int64_t layer, const Tensor& x, Tensor out);

}  // namespace bantam::model
