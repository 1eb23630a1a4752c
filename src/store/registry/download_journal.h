// Which parts of a download lie on the disk already.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "store/digest.h"
#include "store/folder.h"

namespace bantam::store {

// A file beside the download: one line a part, written after the part's bytes were flushed. A line
// that is not whole, as a crash leaves it, and what comes after it do not count. One thread.
class DownloadJournal {
 public:
  // Reads what is there; a journal of another size begins anew. `chunk_bytes` is what a new one
  // takes.
  DownloadJournal(const Folder& root, std::string file, std::uint64_t size,
                  std::uint64_t chunk_bytes);

  std::uint64_t chunk_bytes() const { return chunk_bytes_; }
  std::uint64_t chunk_count() const { return (size_ + chunk_bytes_ - 1) / chunk_bytes_; }
  std::uint64_t chunk_size(std::uint64_t index) const;
  std::uint64_t done_bytes() const;
  const std::map<std::uint64_t, Digest>& done() const { return done_; }

  // The part's bytes are on the disk, and this is their digest.
  void add(std::uint64_t index, const Digest& digest);
  // Forgets a part, or all.
  void drop(std::uint64_t index);
  void clear();

 private:
  // How many of the bytes are whole lines of a journal of this size.
  std::size_t read(std::string_view content);
  void append(const std::string& line);

  const Folder& root_;
  std::string file_;
  std::uint64_t size_, chunk_bytes_;
  std::map<std::uint64_t, Digest> done_;
  FileDescriptor descriptor_;
};

}  // namespace bantam::store
