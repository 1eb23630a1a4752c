#include "store/blob_lock.h"

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/error.h"
#include "base/format.h"
#include "store/layout.h"

namespace bantam::store {
namespace {

const std::string kFile = std::string(layout::kState) + "/locks";

std::int64_t place_of(const Digest& blob, int purpose) {
  std::uint64_t place = 0;
  for (std::size_t i = 0; i < 8; ++i) place = place << 8 | blob.bytes()[i];
  return static_cast<std::int64_t>((place >> 3) << 1) | purpose;
}

std::int64_t use_of(const Digest& blob) { return place_of(blob, 0); }
std::int64_t making_of(const Digest& blob) { return place_of(blob, 1); }

}  // namespace

BlobLock::BlobLock(const Folder& root) {
  root.make_folders(std::string(layout::kState));
  auto file = root.try_open_file(kFile, O_RDWR | O_CREAT);
  if (!file) root.fail(kFile, "open");
  file_ = *std::move(file);
}

bool BlobLock::try_set(std::int64_t place, int kind) {
  struct ::flock lock{};
  lock.l_type = static_cast<short>(kind);
  lock.l_whence = SEEK_SET;
  lock.l_start = place;
  lock.l_len = 1;
  while (::fcntl(file_.get(), F_OFD_SETLK, &lock) != 0) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EACCES) return false;
    throw Error(ErrorCode::Io, format("the model store's locks: {}; its file system must support "
                                      "locks (fcntl)",
                                      std::strerror(errno)));
  }
  return true;
}

void BlobLock::share(const Digest& blob, const std::stop_token& stop) {
  while (!try_set(use_of(blob), F_RDLCK)) {
    if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "cancelled");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

bool BlobLock::try_own(const Digest& blob) { return try_set(use_of(blob), F_WRLCK); }
bool BlobLock::try_make(const Digest& blob) { return try_set(making_of(blob), F_WRLCK); }
void BlobLock::end_make(const Digest& blob) { try_set(making_of(blob), F_UNLCK); }

}  // namespace bantam::store
