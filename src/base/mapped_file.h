// A read-only memory mapping of a regular file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace bantam {

// Owns the mapping; its bytes live as long as it does. Movable. Immutable: any thread.
class MappedFile {
 public:
  // Throws NotFound where there is no such file, BadInput for a folder or device, Io otherwise.
  // An empty file gives an empty span.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return bytes_; }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  const std::string& name() const { return name_; }  // the path as text, for messages

  // Says that `bytes`, wherever they are mapped, will not be read soon: whole pages of them stop
  // counting as this program's memory, and reading them fetches them again.
  static void release(std::span<const std::byte> bytes);

 private:
  std::string name_;
  std::span<const std::byte> bytes_;
};

}  // namespace bantam
