#include "store/staging.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "base/format.h"
#include "store/layout.h"

namespace bantam::store {
namespace {

// Links in it are removed, not followed.
void remove_folder(const Folder& root, const std::string& folder) {
  std::error_code ignored;  // what stays is removed by whoever comes next
  std::filesystem::remove_all(root.path() / folder, ignored);
}

void remove_abandoned(const Folder& root) {
  for (const std::string& name : root.names(std::string(layout::kStaging))) {
    const std::string folder = format("{}/{}", layout::kStaging, name);
    const auto opened = root.try_open_file(folder, O_RDONLY | O_DIRECTORY);
    if (opened && ::flock(opened->get(), LOCK_EX | LOCK_NB) == 0) remove_folder(root, folder);
  }
}

}  // namespace

Staging::Staging(const Folder& root) : root_(root) {
  static std::atomic<unsigned> counter = 0;
  root_.make_folders(std::string(layout::kStaging));
  remove_abandoned(root_);
  for (;;) {
    folder_ = format("{}/{}-{}", layout::kStaging, ::getpid(), counter++);
    root_.make_folders(folder_);
    auto opened = root_.try_open_file(folder_, O_RDONLY | O_DIRECTORY);
    if (!opened || ::flock(opened->get(), LOCK_EX | LOCK_NB) != 0) continue;
    // Between making and locking it another process may have taken it for abandoned.
    const auto named = root_.status(folder_);
    struct stat held{};
    if (named && ::fstat(opened->get(), &held) == 0 && held.st_ino == named->st_ino) {
      lock_ = *std::move(opened);
      return;
    }
  }
}

Staging::~Staging() { remove_folder(root_, folder_); }

std::string Staging::new_file() { return format("{}/{}", folder_, count_++); }

}  // namespace bantam::store
