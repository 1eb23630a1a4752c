// Where things lie below the root of a store.
#pragma once

#include <string>
#include <string_view>

#include "store/digest.h"
#include "store/model_name.h"

namespace bantam::store::layout {

// Ollama's.
inline constexpr std::string_view kManifests = "manifests";
inline constexpr std::string_view kBlobs = "blobs";
// Ours; Ollama looks at neither.
inline constexpr std::string_view kState = ".bantam";
inline constexpr std::string_view kStaging = ".bantam/staging";
inline constexpr std::string_view kDownloads = ".bantam/downloads";
inline constexpr std::string_view kQuarantine = ".bantam/quarantine";

inline std::string blob(const Digest& digest) {
  return std::string(kBlobs) + "/" + digest.file_name();
}
inline std::string manifest(const ModelName& name) {
  return std::string(kManifests) + "/" + name.path();
}

}  // namespace bantam::store::layout
