// Which tensors a converted model has, and what each is made of; nothing is read before it is
// written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/tensor_file.h"
#include "model/conversion/metadata.h"

namespace bantam::model {

// One of nested loops over the elements of a piece.
struct ElementLoop {
  std::int64_t count = 0;
  std::int64_t step = 0;  // elements of the source
};

// Elements [first, first + count) of a tensor in the order of the file, or some of them in another
// order.
struct TensorPiece {
  const formats::TensorEntry* source = nullptr;
  std::int64_t first = 0;
  std::int64_t count = 0;
  // The outermost loop first: the elements first + i * step + j * step + ..., none of them beyond
  // `count`. Empty: all, as they stand.
  std::vector<ElementLoop> order = {};
  const formats::TensorEntry* mate = nullptr;  // the same element of it follows each element
  std::vector<float> factors = {};             // each element times one after the other
};

// What becomes of every element of a tensor.
enum class ElementMap { Same, NegatedExp, NegatedLog };  // x; -exp(x); log(-x)

// A tensor of the new file: its pieces one after the other, or numbers of its own.
struct PlannedTensor {
  std::string name;
  Shape shape;
  DType type = DType::F32;
  float added = 0;  // to every element
  ElementMap map = ElementMap::Same;
  std::vector<TensorPiece> pieces = {};
  std::vector<float> values = {};
};

struct TensorPlan {
  std::vector<PlannedTensor> tensors;
  std::vector<std::string> left_out;  // tensors of the source that the network does not use
};

// The type of the new file's weights. AsStored keeps each float type and, in GGUF files, MXFP4; it
// makes F32 of others.
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
