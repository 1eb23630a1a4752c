// The only way in which the project writes a file that a user keeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace bantam {

// Writes beside the target and renames at the end, so that the target is either as it was or
// complete. Destroyed without commit() it leaves nothing behind. One thread at a time.
class AtomicFile {
 public:
  // Creates the temporary file. Throws Io naming the path and the system's reason.
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  std::uint64_t size() const { return size_; }  // bytes written so far

  // Flushes to the device, then gives the file its name, replacing what had it.
  void commit();

 private:
  [[noreturn]] void fail(std::string_view action) const;

  std::filesystem::path target_;
  std::string temporary_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace bantam
