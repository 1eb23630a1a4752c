#include "store/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "base/format.h"

namespace bantam::store {

namespace fs = std::filesystem;

namespace {

std::string last_name(const std::string& name) { return name.substr(name.rfind('/') + 1); }

std::string folder_of(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  return slash == name.npos ? "." : name.substr(0, slash);
}

// With O_DIRECTORY a link is "not a directory"; it should be told from a file.
int tell_link(int folder, const std::string& name, int opened) {
  struct stat status{};
  if (opened < 0 && errno == ENOTDIR) {
    const bool is_known = ::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    errno = is_known && S_ISLNK(status.st_mode) ? ELOOP : ENOTDIR;
  }
  return opened;
}

// What openat2 does below, in steps: O_NOFOLLOW refuses a link at every one of them.
int follow_names(int folder, const std::string& name, int flags, ::mode_t mode) {
  FileDescriptor at(::dup(folder));
  for (std::size_t begin = 0;;) {
    const std::size_t slash = name.find('/', begin);
    const std::string part = name.substr(begin, slash - begin);
    if (part == "..") {
      errno = EXDEV;
      return -1;
    }
    if (slash == name.npos) {
      return tell_link(at.get(), part, ::openat(at.get(), part.c_str(), flags | O_NOFOLLOW, mode));
    }
    constexpr int kStep = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    FileDescriptor next(tell_link(at.get(), part, ::openat(at.get(), part.c_str(), kStep)));
    if (!next) return -1;
    at = std::move(next);
    begin = slash + 1;
  }
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

void FileDescriptor::reset() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

Folder::Folder(fs::path path, FileDescriptor descriptor, FollowMethod method)
    : path_(std::move(path)), descriptor_(std::move(descriptor)), method_(method) {}

std::optional<Folder> Folder::try_open(const fs::path& path, FollowMethod method) {
  FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) return Folder(path, std::move(folder), method);
  if (errno == ENOENT) return std::nullopt;
  throw Error(ErrorCode::Io, format("{}: cannot open the folder: {}; set BANTAM_MODELS to another",
                                    path.string(), std::strerror(errno)));
}

Folder Folder::make(const fs::path& path, FollowMethod method) {
  if (auto folder = try_open(path, method)) return *std::move(folder);
  fs::path so_far;
  for (const fs::path& part : fs::absolute(path)) {
    so_far /= part;
    if (::mkdir(so_far.c_str(), 0700) != 0 && errno != EEXIST && errno != EISDIR) {
      throw Error(ErrorCode::Io,
                  format("{}: cannot make the folder: {}", so_far.string(), std::strerror(errno)));
    }
  }
  if (auto folder = try_open(path, method)) return *std::move(folder);
  throw Error(ErrorCode::Io, format("{}: the folder went away", path.string()));
}

void Folder::fail(const std::string& name, std::string_view action) const {
  const int code = errno;
  const bool is_link = code == ELOOP || code == EXDEV;
  throw Error(ErrorCode::Io,
              format("{}: cannot {}: {}{}", (path_ / name).string(), action, std::strerror(code),
                     is_link ? "; links inside of the model store are not followed" : ""));
}

int Folder::follow(const std::string& name, int flags, ::mode_t mode) const {
  if (method_ == FollowMethod::Kernel) {
    ::open_how how{};
    how.flags = static_cast<std::uint64_t>(static_cast<unsigned>(flags | O_CLOEXEC));
    how.mode = (flags & O_CREAT) != 0 ? mode : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    const long found = ::syscall(SYS_openat2, descriptor_.get(), name.c_str(), &how, sizeof how);
    // EPERM is what the filters of older containers say to a call that they do not know.
    if (found >= 0 || (errno != ENOSYS && errno != EPERM && errno != EAGAIN)) {
      return static_cast<int>(found);
    }
  }
  return follow_names(descriptor_.get(), name, flags | O_CLOEXEC, mode);
}

std::optional<FileDescriptor> Folder::try_open_file(const std::string& name, int flags) const {
  ::mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    struct stat parent{};
    const FileDescriptor folder(follow(folder_of(name), O_PATH | O_DIRECTORY, 0));
    if (!folder || ::fstat(folder.get(), &parent) != 0) fail(name, "look at the folder");
    mode = parent.st_mode & 0666;
  }
  FileDescriptor file(follow(name, flags | O_NOCTTY | O_NONBLOCK, mode));
  if (file) return file;
  if (errno == ENOENT && (flags & O_CREAT) == 0) return std::nullopt;
  if (errno == EEXIST) return std::nullopt;
  fail(name, "open");
}

std::optional<struct stat> Folder::status(const std::string& name) const {
  const FileDescriptor file(follow(name, O_PATH | O_NOFOLLOW, 0));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0) fail(name, "look at");
  return status;
}

std::optional<std::string> Folder::read(const std::string& name, std::uint64_t bytes_max) const {
  const auto file = try_open_file(name, O_RDONLY);
  if (!file) return std::nullopt;
  struct stat status{};
  if (::fstat(file->get(), &status) != 0) fail(name, "look at");
  if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) > bytes_max) {
    throw Error(
        ErrorCode::BadFile,
        format("{}: found {}, expected a file of at most {}", (path_ / name).string(),
               S_ISREG(status.st_mode) ? human_bytes(static_cast<std::uint64_t>(status.st_size))
                                       : "no regular file",
               human_bytes(bytes_max)));
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ::ssize_t got = ::read(file->get(), text.data() + done, text.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(name, "read");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  text.resize(done);
  return text;
}

std::vector<std::string> Folder::names(const std::string& folder) const {
  std::vector<std::string> found;
  const int opened = follow(folder, O_RDONLY | O_DIRECTORY, 0);
  if (opened < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return found;
    fail(folder, "list");
  }
  struct Close {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };
  const std::unique_ptr<DIR, Close> stream(::fdopendir(opened));
  if (!stream) {
    ::close(opened);
    fail(folder, "list");
  }
  errno = 0;
  while (const ::dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") found.emplace_back(name);
  }
  if (errno != 0) fail(folder, "list");
  std::sort(found.begin(), found.end());
  return found;
}

void Folder::make_folders(const std::string& folder) const {
  struct stat top{};
  if (::fstat(descriptor_.get(), &top) != 0) fail(folder, "look at");
  for (std::size_t slash = 0; slash != folder.npos;) {
    slash = folder.find('/', slash + 1);
    const std::string part = folder.substr(0, slash);
    const FileDescriptor parent = parent_of(part);
    if (::mkdirat(parent.get(), last_name(part).c_str(), top.st_mode & 0777) == 0) {
      ::fsync(parent.get());
    } else if (errno != EEXIST) {
      fail(part, "make the folder");
    }
  }
}

FileDescriptor Folder::parent_of(const std::string& name) const {
  FileDescriptor parent(follow(folder_of(name), O_RDONLY | O_DIRECTORY, 0));
  if (!parent) fail(name, "open the folder");
  return parent;
}

bool Folder::rename(const std::string& from, const std::string& to, bool replaces) const {
  const FileDescriptor source = parent_of(from), target = parent_of(to);
  const std::string old_name = last_name(from), new_name = last_name(to);
  const auto move = [&](unsigned flags) {
    return ::renameat2(source.get(), old_name.c_str(), target.get(), new_name.c_str(), flags) == 0;
  };
  bool moved = move(replaces ? 0 : RENAME_NOREPLACE);
  // Not every file system can refuse to replace; blobs of one name are the same bytes anyway.
  if (!moved && !replaces && (errno == EINVAL || errno == ENOSYS)) moved = move(0);
  if (!moved && errno == EEXIST && !replaces) return false;
  if (!moved) fail(to, "rename to");
  if (::fsync(target.get()) != 0) fail(to, "flush the folder");
  return true;
}

bool Folder::remove(const std::string& name) const {
  const FileDescriptor parent(follow(folder_of(name), O_RDONLY | O_DIRECTORY, 0));
  if (!parent && errno == ENOENT) return false;
  if (!parent) fail(name, "open the folder");
  if (::unlinkat(parent.get(), last_name(name).c_str(), 0) != 0) {
    if (errno == ENOENT) return false;
    fail(name, "remove");
  }
  ::fsync(parent.get());
  return true;
}

void Folder::remove_empty(std::string folder, std::string_view top) const {
  while (folder.size() > top.size() && folder != ".") {
    const FileDescriptor parent(follow(folder_of(folder), O_RDONLY | O_DIRECTORY, 0));
    if (!parent || ::unlinkat(parent.get(), last_name(folder).c_str(), AT_REMOVEDIR) != 0) return;
    folder = folder_of(folder);
  }
}

void Folder::sync(const std::string& folder) const {
  const FileDescriptor opened(follow(folder, O_RDONLY | O_DIRECTORY, 0));
  if (!opened || ::fsync(opened.get()) != 0) fail(folder, "flush the folder");
}

void write_all(int descriptor, std::string_view bytes, const std::string& what) {
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      throw Error(ErrorCode::Io, format("{}: cannot write: {}", what, std::strerror(errno)));
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace bantam::store
