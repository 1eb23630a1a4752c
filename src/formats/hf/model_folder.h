// Opens a model as Hugging Face publishes it: a folder with config.json and safetensors files.
#pragma once

#include <filesystem>

#include "formats/tensor_file.h"

namespace bantam::formats {

// Metadata is config.json flattened (see config.h), and generation_config.json, where there is one,
// behind "generation_config.". Weights are model.safetensors, or the files that
// model.safetensors.index.json lists; index and files must agree in every tensor. The folder's
// other files are not opened and no code in it is ever run, whatever auto_map says. Throws NotFound
// for a missing folder or file, Unsupported with the remedy for weights as pickles (.bin, .pt,
// .pth), BadFile for anything that breaks a format.
TensorFile open_hugging_face(const std::filesystem::path& folder);

}  // namespace bantam::formats
