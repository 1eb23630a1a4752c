#include "cli/library_versions.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <utf8proc.h>

#include <CLI/Version.hpp>
#include <array>
#include <nlohmann/json.hpp>

#include "base/format.h"

namespace bantam::cli {

std::vector<std::pair<std::string, std::string>> library_versions() {
  std::array<char, 64> pcre2{};
  pcre2_config(PCRE2_CONFIG_VERSION, pcre2.data());
  return {{"PCRE2", pcre2.data()},
          {"utf8proc", utf8proc_version()},
          {"nlohmann-json", format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR,
                                   NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
          {"CLI11", CLI11_VERSION}};
}

}  // namespace bantam::cli
