#include "base/file_system.h"

#include "base/error.h"
#include "base/format.h"

namespace bantam {

bool file_exists(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return false;
  if (error) {
    throw Error(ErrorCode::Io,
                format("{}: cannot be looked at: {}", path.string(), error.message()));
  }
  return true;
}

}  // namespace bantam
