// What a folder says that its GGUF file does not.
#pragma once

#include <string>
#include <vector>

#include "formats/tensor_file.h"
#include "model/conversion/metadata.h"
#include "model/model_spec.h"

namespace bantam::model {

// A sentence for each difference between the network of a folder and the one that a reader makes of
// the GGUF file, naming the keys of config.json and both meanings; and one for each key that other
// readers than this one do not know.
std::vector<std::string> find_unstated(const FormChoice& choice, const ModelSpec& folder,
                                       const formats::TensorFile& gguf);

}  // namespace bantam::model
