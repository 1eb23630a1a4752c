#include "store/removal.h"

#include <ctime>
#include <set>

#include "base/error.h"
#include "base/format.h"
#include "store/layout.h"

namespace bantam::store {
namespace {

std::set<Digest> referenced(const Folder& root) {
  std::set<Digest> digests;
  for (const ModelName& name : manifest_names(root)) {
    const std::string file = layout::manifest(name);
    const auto bytes = root.read(file, kManifestBytesMax);
    if (!bytes) continue;  // removed meanwhile
    for (const Layer& layer : parse_manifest(*bytes, (root.path() / file).string()).blobs()) {
      digests.insert(layer.digest);
    }
  }
  return digests;
}

bool is_older(const struct stat& status, std::chrono::seconds age) {
  // The time of the last change of any kind: a linked file keeps its time of writing.
  return std::time(nullptr) - status.st_ctim.tv_sec >= age.count();
}

// Names of files in `folder` that begin with a digest, and are old enough.
std::vector<std::pair<std::string, Digest>> old_files(const Folder& root, std::string_view folder,
                                                      std::chrono::seconds age) {
  constexpr std::size_t kNameBytes = 7 + 64;
  std::vector<std::pair<std::string, Digest>> files;
  for (const std::string& name : root.names(std::string(folder))) {
    const auto digest = Digest::try_parse(name.substr(0, kNameBytes));
    const std::string path = format("{}/{}", folder, name);
    const auto status = root.status(path);
    if (digest && status && S_ISREG(status->st_mode) && is_older(*status, age)) {
      files.emplace_back(path, *digest);
    }
  }
  return files;
}

}  // namespace

std::vector<ModelName> manifest_names(const Folder& root) {
  std::vector<ModelName> found;
  const std::string top(layout::kManifests);
  for (const std::string& host : root.names(top)) {
    const std::string hosts = format("{}/{}", top, host);
    for (const std::string& name_space : root.names(hosts)) {
      const std::string spaces = format("{}/{}", hosts, name_space);
      for (const std::string& model : root.names(spaces)) {
        const std::string models = format("{}/{}", spaces, model);
        for (const std::string& tag : root.names(models)) {
          const auto name = ModelName::of_parts(host, name_space, model, tag);
          const auto status = name ? root.status(layout::manifest(*name)) : std::nullopt;
          if (status && S_ISREG(status->st_mode)) found.push_back(*name);
        }
      }
    }
  }
  return found;
}

RemoveReport remove_unreferenced(const Folder& root, const std::vector<Digest>& candidates) {
  RemoveReport report;
  if (candidates.empty()) return report;
  BlobLock lock(root);
  std::vector<Digest> owned;
  for (const Digest& digest : candidates) {
    if (lock.try_own(digest)) {
      owned.push_back(digest);
    } else {
      ++report.in_use;
    }
  }
  // Only now: whoever shared one of them before has named it in a manifest, or given it up.
  std::set<Digest> needed;
  try {
    needed = referenced(root);
  } catch (const Error& error) {
    report.why_kept = error.what();
    return report;
  }
  for (const Digest& digest : owned) {
    const std::string file = layout::blob(digest);
    const auto status = root.status(file);
    if (needed.contains(digest) || !status || !root.remove(file)) continue;
    ++report.blobs;
    report.bytes += static_cast<std::uint64_t>(status->st_size);
  }
  return report;
}

RemoveReport Store::remove_unused(std::chrono::seconds age) const {
  const auto root = Folder::try_open(root_);
  if (!root) return {};
  std::vector<Digest> blobs;
  for (const auto& [file, digest] : old_files(*root, layout::kBlobs, age)) {
    if (file == layout::blob(digest)) blobs.push_back(digest);
  }
  RemoveReport report = remove_unreferenced(*root, blobs);
  const auto downloads = old_files(*root, layout::kDownloads, age);
  if (downloads.empty()) return report;
  BlobLock lock(*root);
  for (const auto& [file, digest] : downloads) {
    const auto status = root->status(file);
    if (!status || !lock.try_make(digest)) continue;
    if (root->remove(file)) report.bytes += static_cast<std::uint64_t>(status->st_size);
  }
  return report;
}

}  // namespace bantam::store
