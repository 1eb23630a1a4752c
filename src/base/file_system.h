// Questions to the file system whose failure is an Error, not a surprise.
#pragma once

#include <filesystem>

namespace bantam {

// Whether there is such a file or folder. Throws Io where the system refuses to say. Any thread.
bool file_exists(const std::filesystem::path& path);

}  // namespace bantam
