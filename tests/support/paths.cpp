#include "support/paths.h"

#include <cstdlib>

namespace bantam::test {

std::filesystem::path fixture(std::string_view relative) {
  return std::filesystem::path(BANTAM_SOURCE_DIR) / "tests" / "fixtures" / relative;
}

std::filesystem::path shared(std::string_view relative) {
  const char* root = std::getenv("BANTAM_SHARED");
  const std::filesystem::path base =
      root != nullptr ? std::filesystem::path(root)
                      : std::filesystem::path(BANTAM_SOURCE_DIR).parent_path() / "shared";
  return base / relative;
}

}  // namespace bantam::test
