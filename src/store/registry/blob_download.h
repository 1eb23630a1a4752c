// One blob on its way from a registry to the disk.
#pragma once

#include <list>

#include "store/blob_file.h"
#include "store/registry/download_journal.h"
#include "store/registry/registry.h"

namespace bantam::store {

struct DownloadOptions {
  int connections = 8;                                  // parts at a time
  std::uint64_t chunk_bytes = std::uint64_t{32} << 20;  // of a part
};

// A file below .bantam/downloads, with its journal, that goes on where an earlier download ended,
// however that ended. Its caller has the making of the blob alone (BlobLock). One thread.
class BlobDownload {
 public:
  // Reserves the space. Throws Io with what is needed and what is free.
  BlobDownload(StoreWriter& writer, const Layer& layer, const DownloadOptions& options);
  ~BlobDownload();
  BlobDownload(const BlobDownload&) = delete;
  BlobDownload& operator=(const BlobDownload&) = delete;

  // Fetches what is missing, part by part; from a server that does not give parts, all at once.
  // `progress`: bytes that are there. Throws Io, NotFound, Cancelled; what came stays for the next
  // time.
  void fetch(Registry& registry, const std::function<void(std::uint64_t done)>& progress);
  // Hashes all of it. Where it is not the blob, the parts that changed since they came are
  // forgotten, or else all, so that fetch() gets them again, and the answer is false.
  bool verify(const std::stop_token& stop, FunctionRef<void(std::uint64_t done)> progress);
  // Gives it its name; only after verify() said yes.
  void commit();
  // Removes it all; for bytes that are never going to be the blob.
  void discard();

  const Layer& layer() const { return layer_; }
  std::uint64_t received() const { return received_; }  // bytes that came over the network

 private:
  struct Part;

  void start(Part& part, Registry& registry, HttpLoop& loop);
  void check_head(Part& part, const HttpHead& head);
  bool take(Part& part, const HttpHead& head, std::span<const std::byte> bytes);
  void end(Part& part, int curl_code, Registry& registry, HttpLoop& loop);
  void finish(Part& part);
  void retry(Part& part, Registry& registry, const std::string& reason, double pause);
  void fetch_parts(Registry& registry, const std::function<void(std::uint64_t done)>& progress);
  void drop_changed_parts();

  StoreWriter& writer_;
  Layer layer_;
  DownloadOptions options_;
  std::string file_;
  FileDescriptor descriptor_;
  DownloadJournal journal_;
  std::list<Part> parts_;       // under way
  bool gives_parts_ = true;     // until the server shows that it does not
  std::uint64_t received_ = 0;  // bytes
};

}  // namespace bantam::store
