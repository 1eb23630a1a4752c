// Folders whose config.json has a quantization_config: their tensors as matrices to compute with.
#pragma once

#include <vector>

#include "formats/metadata.h"
#include "formats/tensor_file.h"

namespace bantam::formats {

// Tensors of a folder and the memory of those that do not view its files.
struct ConvertedTensors {
  std::vector<TensorEntry> tensors;
  std::vector<Buffer> buffers;
};

// Replaces the packed tensors of every quantized module ("M.qweight", "M.scales", …) by one matrix
// "M.weight" [outputs, inputs] in a block type of dtype.h, of about the same size, that decodes to
// exactly the numbers that the scheme defines; all others stay as they are. Does nothing where the
// configuration has no quantization_config. Throws Unsupported for a scheme or a variant that is
// not read here, BadFile naming tensor, found and expected where tensors do not fit together. Works
// on all processor cores; pages of what was read are given back to the system.
ConvertedTensors convert_quantized(const Metadata& config, std::vector<TensorEntry> tensors);

}  // namespace bantam::formats
