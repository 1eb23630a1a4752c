#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/format.h"
#include "store/layout.h"
#include "store/removal.h"
#include "store/staging.h"
#include "store/store.h"

namespace bantam::store {

StoreWriter::StoreWriter(const std::filesystem::path& root, std::stop_token stop)
    : root_(Folder::make(root)), lock_(root_), stop_(std::move(stop)) {
  root_.make_folders(std::string(layout::kBlobs));
  root_.make_folders(std::string(layout::kManifests));
}

bool StoreWriter::keep(const Digest& digest) {
  lock_.share(digest, stop_);
  const auto status = root_.status(layout::blob(digest));
  return status && S_ISREG(status->st_mode);
}

void StoreWriter::write_file(const std::string& name, std::string_view bytes, bool replaces) {
  Staging staging(root_);
  const std::string file = staging.new_file();
  {
    const auto opened = root_.try_open_file(file, O_WRONLY | O_CREAT | O_EXCL);
    if (!opened) root_.fail(file, "make");
    write_all(opened->get(), bytes, (root_.path() / name).string());
    if (::fdatasync(opened->get()) != 0) root_.fail(name, "flush");
  }
  root_.rename(file, name, replaces);
}

Layer StoreWriter::put(std::string_view kind, std::string_view bytes) {
  const Digest digest = sha256_of(bytes);
  if (!keep(digest)) write_file(layout::blob(digest), bytes, false);
  return make_layer(kind, digest, bytes.size());
}

void StoreWriter::adopt(const std::string& file, const Digest& digest) {
  lock_.share(digest, stop_);
  root_.rename(file, layout::blob(digest), false);
}

RemoveReport StoreWriter::publish(const ModelName& name, std::string_view manifest_bytes) {
  const std::string file = layout::manifest(name);
  const Manifest manifest = parse_manifest(manifest_bytes, file);
  for (const Layer& layer : manifest.blobs()) {
    const auto status = root_.status(layout::blob(layer.digest));
    if (status && static_cast<std::uint64_t>(status->st_size) == layer.size) continue;
    throw Error(ErrorCode::NotFound,
                format("{}: the blob {} is missing or not of {} bytes; pull or create the model "
                       "again",
                       name.text(), layer.digest.text(), layer.size));
  }
  std::vector<Digest> before;
  if (const auto bytes = root_.read(file, kManifestBytesMax)) {
    try {
      for (const Layer& layer : parse_manifest(*bytes, file).blobs()) {
        before.push_back(layer.digest);
      }
    } catch (const Error&) {  // what it named is found by remove_unused
    }
  }
  // Another process may remove an empty folder between its making and its use.
  constexpr int kAttempts = 20;
  for (int attempt = 1;; ++attempt) {
    try {
      root_.make_folders(file.substr(0, file.rfind('/')));
      write_file(file, manifest_bytes, true);
      break;
    } catch (const Error&) {
      if (attempt == kAttempts) throw;
    }
  }
  return remove_unreferenced(root_, before);
}

}  // namespace bantam::store
