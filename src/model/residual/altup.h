// Alternating updates (Baykal et al. 2023, "Alternating Updates for Efficient Transformers"): the
// hidden state is several streams, of which a layer computes one and corrects all by what changed.
// Streams lie one after the other: [streams * rows, hidden].
#pragma once

#include "model/weights.h"

namespace bantam::model {

struct Pass;
class WeightBinder;

AltUpEndWeights bind_altup_ends(WeightBinder& binder, const AltUpSpec& spec);
AltUpWeights bind_weights(WeightBinder& binder, const AltUpSpec& spec, std::int64_t layer);

// The rows of one stream: a view.
Tensor stream(const Tensor& streams, std::int64_t rows, std::int64_t index);

// Makes the other streams of the first, the embedding: projections with the embedding's magnitude.
void widen(Pass& pass, const Tensor& streams);

// out [streams * rows, hidden] = streams + a mixture of them that the active one decides.
void predict(Pass& pass, const AltUpSpec& spec, const AltUpWeights& weights, const Tensor& streams,
             Tensor out);

// out = predictions + (computed - active prediction) times one factor a stream, which `computed`
// [rows, hidden] decides. out may be predictions.
void correct(Pass& pass, const AltUpSpec& spec, const AltUpWeights& weights,
             const Tensor& predictions, const Tensor& computed, Tensor out);

// The first stream becomes the mean of all, the others projected back with its magnitude. Of any
// number of rows; overwrites them all.
void merge(Pass& pass, const AltUpSpec& spec, const Tensor& streams);

}  // namespace bantam::model
