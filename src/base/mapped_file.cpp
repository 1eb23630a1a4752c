#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/format.h"

namespace bantam {
namespace {

[[noreturn]] void fail_system(ErrorCode code, const std::string& name, std::string_view action) {
  throw Error(code, format("{}: cannot {}: {}", name, action, std::strerror(errno)));
}

struct Descriptor {
  int value;
  ~Descriptor() { ::close(value); }
};

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) : name_(path.string()) {
  // O_NONBLOCK: opening a named pipe must not hang before we can see that it is one.
  const int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (opened < 0) {
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    fail_system(missing ? ErrorCode::NotFound : ErrorCode::Io, name_, "open");
  }
  const Descriptor descriptor{opened};
  struct stat status{};
  if (::fstat(descriptor.value, &status) != 0) fail_system(ErrorCode::Io, name_, "inspect");
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::BadInput,
                format("{}: expected a regular file, found a {}", name_,
                       S_ISDIR(status.st_mode) ? "folder" : "device, pipe or socket"));
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return;
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor.value, 0);
  if (start == MAP_FAILED) fail_system(ErrorCode::Io, name_, "map");
  bytes_ = {static_cast<const std::byte*>(start), size};
}

void MappedFile::release(std::span<const std::byte> bytes) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto start = reinterpret_cast<std::uintptr_t>(bytes.data());
  const std::uintptr_t first = (start + page - 1) / page * page;
  const std::uintptr_t end = (start + bytes.size()) / page * page;
  // A hint: nothing depends on whether the system takes it.
  if (first < end) ::madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : name_(std::move(other.name_)), bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace bantam
