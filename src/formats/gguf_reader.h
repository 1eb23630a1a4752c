// Reads GGUF files, whole or split, without copying their weights.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "formats/tensor_file.h"

namespace bantam::formats {

// HeaderOnly leaves tensors without data and does not need it to be there.
enum class GgufContent { Everything, HeaderOnly };

// Opens a file, or all files of a split model by the name of any of them ("m-00001-of-00003.gguf").
// The split.* keys of a merged model are dropped. Throws NotFound or Io for a file that cannot be
// opened (naming the missing one of a split), BadFile for one that breaks the format or a limit of
// base/limits.h, Unsupported for versions and tensor types that this build does not read.
TensorFile open_gguf(const std::filesystem::path& path,
                     GgufContent content = GgufContent::Everything);

// As above for a file in memory, which outlives the result; `name` is for messages. Throws
// Unsupported for a part of a split model.
TensorFile read_gguf(std::string name, std::span<const std::byte> bytes,
                     GgufContent content = GgufContent::Everything);

}  // namespace bantam::formats
