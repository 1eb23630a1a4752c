// The one forward pass of every model.
#pragma once

#include "backend/ops.h"
#include "base/function_ref.h"
#include "model/model.h"

namespace bantam::model {

// Called with stage 0, the input of the first layer; stage i, the output of layer i; and one more,
// what enters the output matrix. The tensor [rows, hidden] is valid during the call; of a network
// with streams, all but the last are [streams * rows, hidden], one stream after the other.
using HiddenObserver = FunctionRef<void(std::int64_t stage, const Tensor& hidden)>;

// Computes the batch, adds its keys and values to the cache, and returns the logits
// [output rows, vocabulary], valid until the next pass on these ops. The batch's blocks belong to
// its sequences; ids and positions are in range. With an observer the last stage covers every row.
Tensor forward(backend::Ops& ops, const Model& model, const backend::Batch& batch,
               backend::KvCache& cache, const HiddenObserver* observer = nullptr);

}  // namespace bantam::model
