// The header of one GGUF file, checked in full; internal to the GGUF reader.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "formats/gguf_reader.h"
#include "formats/metadata.h"
#include "formats/tensor_file.h"

namespace bantam::formats {

struct GgufHeader {
  Metadata metadata;
  std::vector<TensorEntry> tensors;  // in the order of the file; without data for HeaderOnly
};

// Texts and tensors view `bytes`, the whole file. Nothing is copied or allocated in proportion to a
// number of the file before everything in the header has been checked, so that refusing a file is
// quick and small. Throws BadFile or Unsupported.
GgufHeader parse_gguf(const std::string& name, std::span<const std::byte> bytes,
                      GgufContent content);

}  // namespace bantam::formats
