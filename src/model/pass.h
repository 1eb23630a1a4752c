// What the layers of one forward pass share.
#pragma once

#include <array>

#include "backend/ops.h"
#include "model/model.h"

namespace bantam::model {

struct Pass {
  backend::Ops& ops;
  const Model& model;
  const backend::Batch& batch;
  backend::KvCache& cache;
  std::array<backend::RopeAngles, kRopesMax> angles;  // one for each of the model's ropes
  Tensor layer_inputs;  // [rows, layers * size], where the model has such

  std::int64_t rows() const { return batch.row_count(); }
  Tensor allocate(std::int64_t columns) { return ops.allocate({rows(), columns}); }
  // out may be x.
  void norm(const NormWeights& weights, const Tensor& x, const Tensor& out) {
    const NormSpec& spec = model.spec().norm;
    ops.norm(x,
             {.kind = spec.kind,
              .epsilon = spec.epsilon,
              .weight = &weights.weight,
              .bias = weights.bias.empty() ? nullptr : &weights.bias},
             out);
  }
};

using backend::project;

}  // namespace bantam::model
