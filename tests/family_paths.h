// Where the reference models of the families lie.
#pragma once

#include <filesystem>
#include <string_view>

#include "support/paths.h"

namespace bantam::test {

// The folder of a reference that holds `file`: ours, or the one in shared data; empty where neither
// does.
inline std::filesystem::path reference_path(std::string_view family, const char* file) {
  for (const auto& root : {fixture("families"), shared("reference/families")}) {
    if (std::filesystem::exists(root / family / file)) return root / family;
  }
  return {};
}

}  // namespace bantam::test
