// Reads a whole store again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/blob_file.h"
#include "store/store.h"

namespace bantam::store {

struct VerifyFault {
  std::string what;                 // the file, relative to the root
  std::string reason;               // what was found and what was expected
  bool is_quarantined = false;      // the file was moved to .bantam/quarantine
  std::vector<std::string> models;  // that have it
};

struct VerifyReport {
  std::uint64_t models = 0, blobs = 0;
  std::uint64_t bytes = 0;  // read
  double seconds = 0;
  std::uint64_t unused_blobs = 0, unused_bytes = 0;  // that no model has
  std::vector<VerifyFault> faults;
};

// Hashes every blob and compares it with its name, and looks for the blobs of every manifest. A
// blob with other bytes is moved out of the way, so that pulling its model again fetches it. Blobs
// of `only`, or all. `threads` blobs at a time. Progress comes from any of the threads, one call at
// a time. Throws Io, Cancelled.
VerifyReport verify(const Store& store, int threads, const ReportProgress& report,
                    const std::stop_token& stop, const std::vector<ModelName>& only = {});

}  // namespace bantam::store
