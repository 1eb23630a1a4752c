// Every model family that can be read. A family is one file here and one line of families.def.
#pragma once

#include <span>
#include <string_view>

#include "formats/tensor_file.h"
#include "model/conversion/gguf_form.h"
#include "model/hyper_parameters.h"
#include "model/model_spec.h"
#include "model/tensor_names.h"

namespace bantam::model {

// How files of one family describe it.
struct Family {
  std::string_view name;
  std::span<const std::string_view> gguf_architectures;        // values of general.architecture
  std::span<const std::string_view> hugging_face_model_types;  // values of model_type
  // Where its files name tensors otherwise than tensor_names.cpp does.
  std::span<const TensorName> tensor_names;
  // Throws BadFile for values out of range, Unsupported for a variant that we cannot compute.
  ModelSpec (*read)(const HyperParameters&);
  // How folders become GGUF files, and back: one for each architecture or model type that differs.
  // None: GGUF has no such models.
  std::span<const GgufForm> gguf_forms = {};
};

// Each is defined in the file of its name, but for those that families.def says.
namespace family {
#define BANTAM_FAMILY(name) Family name();
#include "model/families/families.def"
#undef BANTAM_FAMILY
}  // namespace family

std::span<const Family> families();

// The family of a file. Throws Unsupported naming what the file says, the families that are known,
// and where one is added.
const Family& family_of(const formats::TensorFile& file);

ModelSpec read_spec(const Family& family, const formats::TensorFile& file);

}  // namespace bantam::model
