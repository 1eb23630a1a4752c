#include "store/store.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/format.h"
#include "store/layout.h"
#include "store/removal.h"

namespace bantam::store {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kConfigBytesMax = std::uint64_t{1} << 20;

bool is_file(const Folder& root, const std::string& name, std::optional<std::uint64_t> size) {
  const auto status = root.status(name);
  return status && S_ISREG(status->st_mode) &&
         (!size || static_cast<std::uint64_t>(status->st_size) == *size);
}

[[noreturn]] void fail_not_installed(const Store& store, const ModelName& name) {
  std::string meant;
  for (const ModelName& other : store.similar(name)) {
    meant += (meant.empty() ? "; did you mean " : ", ") + other.text();
  }
  throw Error(ErrorCode::NotFound,
              format("{}: no such model is installed in {}{}; bantam list shows what is",
                     name.text(), store.root().string(), meant));
}

std::string read_text_blob(const Folder& root, const Digest& digest, std::uint64_t bytes_max) {
  auto text = root.read(layout::blob(digest), bytes_max);
  if (!text) {
    throw Error(ErrorCode::NotFound,
                format("{}: the blob is missing; pull or create the model again",
                       (root.path() / layout::blob(digest)).string()));
  }
  return *std::move(text);
}

void read_layer(const Folder& root, const Layer& layer, ModelParts& parts) {
  const std::string file = layout::blob(layer.digest);
  const fs::path path = root.path() / file;
  const auto text = [&] { return read_text_blob(root, layer.digest, kTextLayerBytesMax); };
  const std::string_view kind = layer.kind();
  if (!is_file(root, file, layer.size)) {
    throw Error(ErrorCode::NotFound,
                format("{}: the blob {} ({}) is missing or not of {} bytes; pull or create the "
                       "model again",
                       parts.name.text(), layer.digest.text(), kind, layer.size));
  }
  if (kind == layer::kModel) parts.model = path;
  if (kind == layer::kAdapter) parts.adapters.push_back(path);
  if (kind == layer::kProjector) parts.projectors.push_back(path);
  if (kind == layer::kTemplate || kind == layer::kPrompt) parts.chat_template = text();
  if (kind == layer::kSystem) parts.system = text();
  if (kind == layer::kLicense) parts.licenses.push_back(text());
  if (kind == layer::kParameters) parts.parameters = parse_parameters(text(), path.string());
  if (kind == layer::kMessages) parts.messages = parse_messages(text(), path.string());
}

ModelEntry read_entry(const Folder& root, const ModelName& name) {
  ModelEntry entry{.name = name, .id = {}, .config = {}, .fault = {}};
  const std::string file = layout::manifest(name);
  try {
    if (const auto status = root.status(file)) entry.modified_s = status->st_mtim.tv_sec;
    const std::string bytes = root.read(file, kManifestBytesMax).value_or("");
    const std::string where = (root.path() / file).string();
    const Manifest manifest = parse_manifest(bytes, where);
    entry.id = sha256_of(bytes);
    entry.size = manifest.size();
    entry.config =
        parse_config(read_text_blob(root, manifest.config.digest, kConfigBytesMax), where);
  } catch (const Error& error) {
    entry.fault = error.what();
  }
  return entry;
}

}  // namespace

fs::path Store::default_root() {
  for (const char* variable : {"BANTAM_MODELS", "OLLAMA_MODELS"}) {
    const char* value = std::getenv(variable);
    if (value != nullptr && *value != '\0') return fs::path(value);
  }
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') {
    throw Error(ErrorCode::BadInput,
                "HOME is not set, so there is no ~/.ollama/models: set BANTAM_MODELS to the folder "
                "of models");
  }
  return fs::path(home) / ".ollama" / "models";
}

std::vector<ModelEntry> Store::list() const {
  std::vector<ModelEntry> entries;
  const auto root = Folder::try_open(root_);
  if (!root) return entries;
  for (const ModelName& name : manifest_names(*root)) entries.push_back(read_entry(*root, name));
  std::sort(entries.begin(), entries.end(), [](const ModelEntry& a, const ModelEntry& b) {
    return a.modified_s != b.modified_s ? a.modified_s > b.modified_s : a.name < b.name;
  });
  return entries;
}

std::optional<ModelName> Store::find(const ModelName& name) const {
  const auto root = Folder::try_open(root_);
  if (!root) return std::nullopt;
  if (is_file(*root, layout::manifest(name), {})) return name;
  for (const ModelName& other : manifest_names(*root)) {
    if (same_ignoring_case(other, name)) return other;
  }
  return std::nullopt;
}

std::optional<std::string> Store::manifest_bytes(const ModelName& name) const {
  const auto root = Folder::try_open(root_);
  const auto found = find(name);
  return root && found ? root->read(layout::manifest(*found), kManifestBytesMax) : std::nullopt;
}

ModelParts Store::read(const ModelName& name) const {
  const auto root = Folder::try_open(root_);
  const auto found = find(name);
  const auto bytes =
      root && found ? root->read(layout::manifest(*found), kManifestBytesMax) : std::nullopt;
  if (!bytes) fail_not_installed(*this, name);
  const std::string where = (root_ / layout::manifest(*found)).string();
  ModelParts parts{.name = *found,
                   .id = sha256_of(*bytes),
                   .manifest = parse_manifest(*bytes, where),
                   .config = {},
                   .model = {},
                   .adapters = {},
                   .projectors = {},
                   .chat_template = {},
                   .system = {},
                   .parameters = {},
                   .messages = {},
                   .licenses = {}};
  if (const auto status = root->status(layout::manifest(*found))) {
    parts.modified_s = status->st_mtim.tv_sec;
  }
  const Digest& config = parts.manifest.config.digest;
  parts.config =
      parse_config(read_text_blob(*root, config, kConfigBytesMax), blob_path(config).string());
  for (const Layer& layer : parts.manifest.layers) read_layer(*root, layer, parts);
  return parts;
}

std::vector<ModelName> Store::similar(const ModelName& name) const {
  constexpr std::size_t kShownMax = 3;
  std::vector<std::pair<std::size_t, ModelName>> near;
  const auto root = Folder::try_open(root_);
  if (!root) return {};
  for (const ModelName& other : manifest_names(*root)) {
    const bool same_model = other.model() == name.model();
    const std::size_t distance = edit_distance(other.model(), name.model());
    if (same_model || distance <= std::max<std::size_t>(1, name.model().size() / 3)) {
      near.emplace_back(same_model ? 0 : distance, other);
    }
  }
  std::sort(near.begin(), near.end());
  std::vector<ModelName> names;
  for (const auto& [distance, other] : near) {
    if (names.size() < kShownMax) names.push_back(other);
  }
  return names;
}

bool Store::has_blob(const Digest& digest) const {
  const auto root = Folder::try_open(root_);
  return root && is_file(*root, layout::blob(digest), {});
}

fs::path Store::blob_path(const Digest& digest) const { return root_ / layout::blob(digest); }

std::string Store::read_blob(const Digest& digest, std::uint64_t bytes_max) const {
  const auto root = Folder::try_open(root_);
  if (!root) {
    throw Error(ErrorCode::NotFound, format("{}: there is no such folder", root_.string()));
  }
  return read_text_blob(*root, digest, bytes_max);
}

void Store::copy(const ModelName& from, const ModelName& to) const {
  if (!Folder::try_open(root_)) fail_not_installed(*this, from);
  StoreWriter writer(root_);
  const auto bytes = manifest_bytes(from);
  if (!bytes) fail_not_installed(*this, from);
  const Manifest manifest = parse_manifest(*bytes, (root_ / layout::manifest(from)).string());
  for (const Layer& layer : manifest.blobs()) writer.keep(layer.digest);
  writer.publish(find(to).value_or(to), *bytes);
}

RemoveReport Store::remove(const ModelName& name) const {
  const auto found = find(name);
  if (!found) fail_not_installed(*this, name);
  const auto root = Folder::try_open(root_);
  const std::string file = layout::manifest(*found);
  const std::string bytes = root->read(file, kManifestBytesMax).value_or("");
  if (!root->remove(file)) fail_not_installed(*this, name);
  root->remove_empty(file.substr(0, file.rfind('/')), layout::kManifests);
  std::vector<Digest> candidates;
  try {
    for (const Layer& layer : parse_manifest(bytes, file).blobs()) {
      candidates.push_back(layer.digest);
    }
  } catch (const Error&) {  // a damaged one names no blobs; remove_unused finds them later
  }
  return remove_unreferenced(*root, candidates);
}

}  // namespace bantam::store
