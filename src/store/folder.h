// A folder that nothing below it can lead out of.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/function_ref.h"

namespace bantam::store {

// Owns an open file; closed when destroyed. Movable.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  void reset();

 private:
  int number_ = -1;
};

// How paths are followed: in one step by the kernel (Linux 5.6), or name by name where it cannot.
enum class FollowMethod { Kernel, NameByName };

// Paths given to it are relative, and go through no symbolic link and no "..": such a path, and one
// whose last name is a link, throws Io. The folder itself may be reached through links: it is the
// user's choice. Errors name the whole path. Immutable: any thread.
class Folder {
 public:
  // Throws Io; none where the folder is not there.
  static std::optional<Folder> try_open(const std::filesystem::path& path,
                                        FollowMethod method = FollowMethod::Kernel);
  // Makes it and what it lies in, for the user alone, where it is not there.
  static Folder make(const std::filesystem::path& path, FollowMethod method = FollowMethod::Kernel);

  const std::filesystem::path& path() const { return path_; }
  int descriptor() const { return descriptor_.get(); }

  // As open(2); none where there is no such file. A new file may be read by whom the folder it is
  // in may be.
  std::optional<FileDescriptor> try_open_file(const std::string& name, int flags) const;
  // Its size and kind; none where there is no such file. A link is not followed.
  std::optional<struct stat> status(const std::string& name) const;
  // The whole of a regular file of at most `bytes_max`; none where there is no such file. Throws
  // BadFile for a larger one.
  std::optional<std::string> read(const std::string& name, std::uint64_t bytes_max) const;
  // Names of what is in a folder below, sorted; none where that is not there.
  std::vector<std::string> names(const std::string& folder) const;

  // Makes a folder below with all it lies in, with the permissions of this one.
  void make_folders(const std::string& folder) const;
  // Renames and makes both names durable; with `replaces` false a file that has the name stays, and
  // the answer is false.
  bool rename(const std::string& from, const std::string& to, bool replaces) const;
  // False where there was none.
  bool remove(const std::string& name) const;
  // Removes folders from `folder` up to but without `top` while they are empty.
  void remove_empty(std::string folder, std::string_view top) const;
  void sync(const std::string& folder) const;

  [[noreturn]] void fail(const std::string& name, std::string_view action) const;

 private:
  Folder(std::filesystem::path path, FileDescriptor descriptor, FollowMethod method);
  int follow(const std::string& name, int flags, ::mode_t mode) const;
  FileDescriptor parent_of(const std::string& name) const;

  std::filesystem::path path_;
  FileDescriptor descriptor_;
  FollowMethod method_;
};

// Writes all of it. Throws Io that names `what`.
void write_all(int descriptor, std::string_view bytes, const std::string& what);

}  // namespace bantam::store
