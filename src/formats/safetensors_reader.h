// Reads safetensors files: named tensors after a JSON header, without copying them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "formats/tensor_file.h"

namespace bantam::formats {

struct SafetensorsContent {
  Metadata metadata;                 // the texts of __metadata__
  std::vector<TensorEntry> tensors;  // in the order of their data
};

// Reads the bytes of a whole file, which outlive the result. The tensors cover the data section
// exactly: no gap, no overlap, nothing behind. Throws BadFile for what breaks the format or a limit
// of base/limits.h, Unsupported for element types and ranks that this build does not read. A tensor
// may be unaligned here; in a TensorFile none is.
SafetensorsContent parse_safetensors(const std::string& name, std::span<const std::byte> bytes);

// One file as a TensorFile with its texts as metadata; errors as above, and NotFound and Io.
TensorFile open_safetensors(const std::filesystem::path& path);

// As above for a file in memory, which outlives the result; `name` is for messages.
TensorFile read_safetensors(const std::string& name, std::span<const std::byte> bytes);

}  // namespace bantam::formats
