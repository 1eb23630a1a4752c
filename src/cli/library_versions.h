// The third-party libraries of this build.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bantam::cli {

// Name and version of each, as they report themselves.
std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace bantam::cli
