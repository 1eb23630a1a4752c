#include "base/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/format.h"

namespace bantam {

AtomicFile::AtomicFile(std::filesystem::path target) : target_(std::move(target)) {
  // Not mkstemp: the file gets the permissions that the user's umask gives to any new file.
  for (int attempt = 0; descriptor_ < 0; ++attempt) {
    temporary_ = format("{}.{}-{}.part", target_.string(), ::getpid(), attempt);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && errno != EEXIST) fail("create");
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("write");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    size_ += static_cast<std::uint64_t>(written);
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::commit() {
  if (::fdatasync(descriptor_) != 0) fail("flush");
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail("rename");
  ::close(std::exchange(descriptor_, -1));
  const auto folder = target_.parent_path();
  const int directory =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    ::fsync(directory);
    ::close(directory);
  }
}

void AtomicFile::fail(std::string_view action) const {
  throw Error(ErrorCode::Io,
              format("{}: cannot {}: {}", target_.string(), action, std::strerror(errno)));
}

}  // namespace bantam
