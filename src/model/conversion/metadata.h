// Metadata from one format to the other.
#pragma once

#include "formats/metadata.h"
#include "formats/tensor_file.h"
#include "model/families/families.h"

namespace bantam::model {

// A family with the form in which it is written.
struct FormChoice {
  const Family& family;
  const GgufForm& form;
};

// How a folder is written as GGUF. Throws Unsupported for a family that GGUF does not know, naming
// those that it does.
FormChoice form_of_folder(const formats::TensorFile& folder);

// As which family a GGUF file is written as a folder. Throws Unsupported where its architecture has
// no folder form.
FormChoice form_of_gguf(const formats::TensorFile& gguf);

// GGUF's architecture keys for a folder; neither general.* (but the architecture) nor tokenizer.*.
// Throws as the family's reader does.
formats::Metadata gguf_metadata(const FormChoice& choice, const formats::TensorFile& folder);

// config.json for a GGUF file, as flat metadata with dotted keys in the style of published models;
// `dtype` is the type of its weights as config.json spells it.
formats::Metadata folder_metadata(const FormChoice& choice, const formats::TensorFile& gguf,
                                  std::string_view dtype);

}  // namespace bantam::model
