// Writes safetensors files.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace bantam::formats {

struct NamedTensor {
  std::string name;
  Tensor tensor;  // contiguous; a type that safetensors has
};

// Writes all tensors and the texts as __metadata__, or leaves what was there (AtomicFile). Tensors
// lie in the order of the reference implementation: widest type first, then by name, so that all
// are aligned and the same content gives the same bytes. Throws BadInput for a name that occurs
// twice or a type that the format lacks, Io where the system refuses.
void write_safetensors(const std::filesystem::path& path, std::vector<NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace bantam::formats
