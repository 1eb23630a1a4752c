#include "store/registry/pull.h"

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/error.h"
#include "base/format.h"
#include "store/layout.h"
#include "store/registry/registry.h"

namespace bantam::store {
namespace {

constexpr auto kWaitStep = std::chrono::milliseconds(100);

class Pull {
 public:
  Pull(const Store& store, const ModelName& name, const PullOptions& options)
      : options_(options),
        name_(store.find(name).value_or(name)),
        writer_(store.root(), options.stop),
        registry_(name, options.http, options.stop, [this] { options_.report(last_); }) {}

  PullReport run() {
    say({.status = "pulling manifest"});
    const std::string bytes = registry_.manifest();
    const Manifest manifest = parse_manifest(bytes, name_.text());
    std::vector<Layer> missing = find_missing(manifest);
    check_space(missing);
    std::list<BlobDownload> downloads;
    for (const Layer& layer : missing) {
      downloads.emplace_back(writer_, layer, options_.download);
      fetch(downloads.back());
    }
    if (!downloads.empty()) say({.status = "verifying sha256 digest"});
    for (BlobDownload& download : downloads) verify(download);
    say({.status = "writing manifest"});
    PullReport report{.name = name_,
                      .id = sha256_of(bytes),
                      .size = manifest.size(),
                      .received = 0,
                      .removed = writer_.publish(name_, bytes)};
    for (const BlobDownload& download : downloads) report.received += download.received();
    if (report.removed.blobs > 0) say({.status = "removing unused layers"});
    say({.status = "success"});
    return report;
  }

 private:
  void say(Progress progress) {
    last_ = std::move(progress);
    options_.report(last_);
  }

  static Progress pulling(const Layer& layer, std::uint64_t done) {
    return {.status = "pulling " + layer.digest.short_text(),
            .digest = layer.digest,
            .total = layer.size,
            .completed = done};
  }

  // Keeps what is there, and takes the making of what is not. Always in the order of digests, so
  // that two pulls never wait for each other.
  std::vector<Layer> find_missing(const Manifest& manifest) {
    std::vector<Layer> blobs = manifest.blobs();
    std::vector<Layer> sorted = blobs;
    std::sort(sorted.begin(), sorted.end(),
              [](const Layer& a, const Layer& b) { return a.digest < b.digest; });
    std::vector<Digest> absent;
    for (const Layer& layer : sorted) {
      if (is_there(layer)) continue;
      while (!writer_.lock().try_make(layer.digest)) {
        if (options_.stop.stop_requested()) throw Error(ErrorCode::Cancelled, "cancelled");
        say(pulling(layer, 0));
        std::this_thread::sleep_for(kWaitStep);
      }
      if (is_there(layer)) {  // whoever had it made it meanwhile
        writer_.lock().end_make(layer.digest);
      } else {
        absent.push_back(layer.digest);
      }
    }
    std::vector<Layer> missing;
    for (const Layer& layer : blobs) {
      const bool is_absent = std::find(absent.begin(), absent.end(), layer.digest) != absent.end();
      if (is_absent) missing.push_back(layer);
      if (!is_absent) say(pulling(layer, layer.size));
    }
    return missing;
  }

  bool is_there(const Layer& layer) {
    if (!writer_.keep(layer.digest)) return false;
    const auto status = writer_.root().status(layout::blob(layer.digest));
    if (status && static_cast<std::uint64_t>(status->st_size) == layer.size) return true;
    throw Error(
        ErrorCode::BadFile,
        format("{}: the manifest says {} bytes for the blob {}, the installed one has {}; "
               "bantam verify tells whether that one is damaged",
               name_.text(), layer.size, layer.digest.text(), status ? status->st_size : 0));
  }

  // All blobs together must fit, before the first byte of any is fetched.
  void check_space(const std::vector<Layer>& missing) {
    std::uint64_t needed = 0;
    for (const Layer& layer : missing) {
      needed += layer.size;
      const auto status =
          writer_.root().status(format("{}/{}", layout::kDownloads, layer.digest.file_name()));
      // st_blocks counts 512 bytes whatever the file system's blocks are.
      if (status)
        needed -= std::min(layer.size, static_cast<std::uint64_t>(status->st_blocks) * 512);
    }
    const std::uint64_t available = free_space(writer_.root().descriptor());
    if (needed <= available) return;
    throw Error(ErrorCode::Io,
                format("{}: {} are needed and {} are free in {}; remove a model, or set "
                       "BANTAM_MODELS to a folder on a larger disk",
                       name_.text(), human_bytes(needed), human_bytes(available),
                       writer_.root().path().string()));
  }

  void fetch(BlobDownload& download) {
    const Layer layer = download.layer();
    say(pulling(layer, 0));
    download.fetch(registry_, [&](std::uint64_t done) { say(pulling(layer, done)); });
    say(pulling(layer, layer.size));
  }

  void verify(BlobDownload& download) {
    const Layer layer = download.layer();
    const auto is_right = [&] {
      return download.verify(options_.stop, [&](std::uint64_t done) {
        say({.status = "verifying sha256 digest", .total = layer.size, .completed = done});
      });
    };
    if (!is_right()) {
      fetch(download);  // once more
      if (!is_right()) {
        download.discard();
        throw Error(
            ErrorCode::BadFile,
            format("{}: the bytes that {} sends for the blob {} have another digest, twice; "
                   "the registry's copy is damaged, or something between changes it",
                   name_.text(), name_.host(), layer.digest.text()));
      }
    }
    download.commit();
  }

  const PullOptions& options_;
  ModelName name_;
  StoreWriter writer_;
  Progress last_;
  Registry registry_;
};

}  // namespace

PullReport pull(const Store& store, const ModelName& name, const PullOptions& options) {
  return Pull(store, name, options).run();
}

}  // namespace bantam::store
