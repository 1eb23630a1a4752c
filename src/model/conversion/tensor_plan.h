// Which tensors a converted model has, and what each is made of; nothing is read before it is
// written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/tensor_file.h"
#include "model/conversion/metadata.h"

namespace bantam::model {

// Elements [first, first + count) of a tensor in the order of the file.
struct TensorPiece {
  const formats::TensorEntry* source = nullptr;
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::int64_t columns = 0;  // above 0: the elements as a matrix [., columns], transposed
};

// A tensor of the new file: its pieces one after the other, or numbers of its own.
struct PlannedTensor {
  std::string name;
  Shape shape;
  DType type = DType::F32;
  float added = 0;  // to every element
  std::vector<TensorPiece> pieces = {};
  std::vector<float> values = {};
};

struct TensorPlan {
  std::vector<PlannedTensor> tensors;
  std::vector<std::string> left_out;  // tensors of the source that the network does not use
};

// The type of the new file's weights. AsStored keeps each float type, and makes F32 of others.
enum class WeightType { AsStored, F32, F16, Bf16 };

// `spec` is that of the source.
// Both files' pieces view the source. Vectors, norms, routers and positions of GGUF files are
// always F32, as its readers expect. Throws BadFile where a tensor has not the shape that the spec
// asks for.
TensorPlan plan_gguf(const FormChoice& choice, const ModelSpec& spec,
                     const formats::TensorFile& folder, WeightType type);
TensorPlan plan_folder(const FormChoice& choice, const ModelSpec& spec,
                       const formats::TensorFile& gguf, WeightType type);

}  // namespace bantam::model
