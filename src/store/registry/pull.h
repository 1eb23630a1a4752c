// Installing models from a registry.
#pragma once

#include "store/blob_file.h"
#include "store/registry/blob_download.h"
#include "store/registry/http.h"

namespace bantam::store {

struct PullOptions {
  HttpOptions http;
  DownloadOptions download;
  ReportProgress report;  // required
  std::stop_token stop;
};

struct PullReport {
  ModelName name;
  Digest id;
  std::uint64_t size = 0;      // bytes of all blobs
  std::uint64_t received = 0;  // bytes of blobs that came over the network
  RemoveReport removed;        // of what the name meant before
};

// Fetches what is missing of a model and names it. A blob gets its name after its bytes were
// hashed, the manifest comes last; interrupted, killed or without a network, a repeated pull goes
// on where this one ended. Where another process pulls the same blobs, it waits for them. Statuses
// are Ollama's: pulling manifest, pulling DIGEST, verifying sha256 digest, writing manifest,
// removing unused layers, success. Throws what Registry and BlobDownload throw, and BadFile where
// the registry sends other bytes than the manifest says.
PullReport pull(const Store& store, const ModelName& name, const PullOptions& options);

}  // namespace bantam::store
