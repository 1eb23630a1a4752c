// Who uses which blob, between processes and threads.
#pragma once

#include <stop_token>

#include "store/digest.h"
#include "store/folder.h"

namespace bantam::store {

// Locks on single bytes of one file, which the system drops when a process ends, however it ends:
// nothing is ever left locked. For each blob there are two, its use and its making:
//  - who will refer to a blob shares its use until the manifest is written;
//  - who removes a blob has its use alone;
//  - who downloads a blob has its making alone, so that others wait instead of downloading too.
// Two of 2^61 blobs that fell on one byte would only wait for each other. One thread; each
// operation has its own.
class BlobLock {
 public:
  // `root`: of a store, writable. Throws Io.
  explicit BlobLock(const Folder& root);

  // Waits while another removes it. Throws Cancelled.
  void share(const Digest& blob, const std::stop_token& stop);
  // False if another uses it.
  bool try_own(const Digest& blob);
  // False if another makes it.
  bool try_make(const Digest& blob);
  void end_make(const Digest& blob);

 private:
  bool try_set(std::int64_t place, int kind);

  FileDescriptor file_;
};

}  // namespace bantam::store
