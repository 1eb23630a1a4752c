#include "store/blob_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/format.h"
#include "store/layout.h"

namespace bantam::store {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

struct Identity {
  ::dev_t device;
  ::ino_t file;
  std::int64_t size, seconds, nanoseconds;
  bool operator==(const Identity&) const = default;
};

Identity identity_of(int descriptor, const std::string& name) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) {
    throw Error(ErrorCode::Io, format("{}: cannot look at: {}", name, std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::BadInput, format("{}: not a regular file", name));
  }
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
          status.st_mtim.tv_nsec};
}

FileDescriptor open_user_file(const fs::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file) return file;
  throw Error(errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
              format("{}: cannot open: {}", path.string(), std::strerror(errno)));
}

// Copies what is left of `from`, and hashes it on the way.
Digest copy_file(int from, int to, const std::string& name, const std::stop_token& stop,
                 FunctionRef<void(std::uint64_t done)> progress) {
  Sha256 hash;
  std::vector<char> buffer(kBufferBytes);
  for (std::uint64_t done = 0;;) {
    if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "cancelled");
    const ::ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw Error(ErrorCode::Io, format("{}: cannot read: {}", name, std::strerror(errno)));
    }
    if (got == 0) return hash.finish();
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    hash.update(bytes);
    write_all(to, bytes, "the model store");
    done += bytes.size();
    progress(done);
  }
}

}  // namespace

Digest hash_file(int descriptor, const std::string& name, const std::stop_token& stop,
                 FunctionRef<void(std::uint64_t done)> progress) {
  Sha256 hash;
  std::vector<std::byte> buffer(kBufferBytes);
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  for (std::uint64_t done = 0;;) {
    if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "cancelled");
    const ::ssize_t got =
        ::pread(descriptor, buffer.data(), buffer.size(), static_cast<::off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw Error(ErrorCode::Io, format("{}: cannot read: {}", name, std::strerror(errno)));
    }
    if (got == 0) return hash.finish();
    hash.update(std::span(buffer).first(static_cast<std::size_t>(got)));
    done += static_cast<std::uint64_t>(got);
    progress(done);
  }
}

std::uint64_t free_space(int descriptor) {
  struct ::statvfs status{};
  if (::fstatvfs(descriptor, &status) != 0) return UINT64_MAX;  // then writing will tell
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

void reserve_space(int descriptor, std::uint64_t bytes, const std::string& name) {
  if (bytes == 0) return;
  int result = 0;
  do {
    result = ::fallocate(descriptor, 0, 0, static_cast<::off_t>(bytes));
  } while (result != 0 && errno == EINTR);
  // A file system that cannot reserve space says so; there writing tells.
  if (result != 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) {
    result = ::ftruncate(descriptor, static_cast<::off_t>(bytes));
  }
  if (result == 0) return;
  throw Error(
      ErrorCode::Io,
      format("{}: {} are needed and {} are free: {}; remove a model, or set BANTAM_MODELS "
             "to a folder on a larger disk",
             name, human_bytes(bytes), human_bytes(free_space(descriptor)), std::strerror(errno)));
}

BlobWriter::BlobWriter(StoreWriter& writer, std::optional<Digest> expected,
                       std::optional<std::uint64_t> size)
    : writer_(writer), staging_(writer.root()), file_(staging_.new_file()), expected_(expected) {
  auto opened = writer_.root().try_open_file(file_, O_RDWR | O_CREAT | O_EXCL);
  if (!opened) writer_.root().fail(file_, "make");
  descriptor_ = *std::move(opened);
  if (size) {
    reserve_space(descriptor_.get(), *size, writer_.root().path().string());
  }
}

void BlobWriter::write(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  write_all(descriptor_.get(), text, writer_.root().path().string());
  hash_.update(bytes);
  size_ += bytes.size();
}

Digest BlobWriter::commit() {
  const Digest digest = hash_.finish();
  if (expected_ && digest != *expected_) {
    throw Error(ErrorCode::BadInput, format("found {} bytes with the digest {}, expected {}", size_,
                                            digest.text(), expected_->text()));
  }
  // What was reserved may have been more.
  if (::ftruncate(descriptor_.get(), static_cast<::off_t>(size_)) != 0 ||
      ::fdatasync(descriptor_.get()) != 0) {
    writer_.root().fail(file_, "flush");
  }
  writer_.adopt(file_, digest);
  return digest;
}

AddedFile add_staged(StoreWriter& writer, const std::string& file, const ReportProgress& report) {
  const Folder& root = writer.root();
  auto opened = root.try_open_file(file, O_RDONLY);
  if (!opened) root.fail(file, "open");
  const auto size = static_cast<std::uint64_t>(identity_of(opened->get(), file).size);
  const Digest digest = hash_file(opened->get(), file, writer.stop(), [&](std::uint64_t done) {
    report({.status = "parsing GGUF", .total = size, .completed = done});
  });
  if (::fdatasync(opened->get()) != 0) root.fail(file, "flush");
  if (writer.keep(digest)) return {digest, size, Added::WasThere};
  writer.adopt(file, digest);
  return {digest, size, Added::Copied};
}

AddedFile add_file(StoreWriter& writer, const fs::path& path, LinkMode mode,
                   const ReportProgress& report) {
  const Folder& root = writer.root();
  const FileDescriptor source = open_user_file(path);
  const std::string name = path.string();
  const Identity before = identity_of(source.get(), name);
  const auto size = static_cast<std::uint64_t>(before.size);
  const auto progress = [&](std::uint64_t done) {
    report({.status = "copying file", .total = size, .completed = done});
  };
  Staging staging(root);
  const std::string file = staging.new_file();
  Added how = Added::Copied;
  std::optional<Digest> digest;
  if (mode == LinkMode::Link &&
      ::linkat(AT_FDCWD, path.c_str(), root.descriptor(), file.c_str(), AT_SYMLINK_FOLLOW) == 0) {
    how = Added::Linked;
  } else {
    const auto target = root.try_open_file(file, O_RDWR | O_CREAT | O_EXCL);
    if (!target) root.fail(file, "make");
    if (::ioctl(target->get(), FICLONE, source.get()) == 0) {
      how = Added::Cloned;
    } else {
      reserve_space(target->get(), size, root.path().string());
      digest = copy_file(source.get(), target->get(), name, writer.stop(), progress);
    }
    if (::fdatasync(target->get()) != 0) root.fail(file, "flush");
  }
  if (!digest) {
    const auto staged = root.try_open_file(file, O_RDONLY);
    if (!staged) root.fail(file, "open");
    digest = hash_file(staged->get(), name, writer.stop(), progress);
    // Of a linked file the bytes are the user's; they must be durable and stay as they were read.
    if (::fdatasync(staged->get()) != 0) root.fail(file, "flush");
  }
  if (identity_of(source.get(), name) != before) {
    throw Error(ErrorCode::Io, format("{}: the file changed while it was read; try again", name));
  }
  if (writer.keep(*digest)) return {*digest, size, Added::WasThere};
  writer.adopt(file, *digest);
  return {*digest, size, how};
}

}  // namespace bantam::store
