// Reads config.json and its kin as flat metadata.
#pragma once

#include <filesystem>
#include <string_view>

#include "formats/metadata.h"

namespace bantam::formats {

// Adds every value of the JSON object in `path` to `metadata`, each key behind `prefix`: nested
// objects become dotted keys ("rope_parameters.rope_theta"), null is an absent key, an array of
// scalars of one kind is an array, and an array of anything else is ignored with a reason. Whole
// numbers and fractions mix to fractions; Python's NaN and Infinity are numbers. Nothing in the
// file is executed. Throws NotFound or Io where it cannot be opened and BadFile for what is not
// such an object, is past a limit of base/limits.h or gives one key twice.
void read_config(const std::filesystem::path& path, std::string_view prefix, Metadata& metadata);

}  // namespace bantam::formats
