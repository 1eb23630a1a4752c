// Every model family that can be read: the list that a new one is added to.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "formats/tensor_file.h"
#include "model/model_spec.h"

namespace bantam::model {

// How files of one family describe it. Both readers throw BadFile for values out of range,
// Unsupported for a variant that we cannot compute.
struct Family {
  std::string_view name;
  std::span<const std::string_view> gguf_architectures;        // values of general.architecture
  std::span<const std::string_view> hugging_face_model_types;  // values of model_type
  ModelSpec (*from_gguf)(const formats::TensorFile&);
  ModelSpec (*from_hugging_face)(const formats::TensorFile&);
};

std::span<const Family> families();

// The spec of the file's network. Throws Unsupported naming the family, those that are known, and
// where one is added, for a family that is not in the list.
ModelSpec read_spec(const formats::TensorFile& file);

}  // namespace bantam::model
