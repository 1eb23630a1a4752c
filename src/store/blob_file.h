// Blobs made of files and streams.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>

#include "store/staging.h"
#include "store/store.h"

namespace bantam::store {

// How far an operation is; statuses are those of Ollama's API.
struct Progress {
  std::string status;
  std::optional<Digest> digest = {};
  std::uint64_t total = 0, completed = 0;  // bytes; 0 where the status has none
};
// Called by the thread that runs the operation, at least every half second while it goes on; what
// it throws ends the operation.
using ReportProgress = std::function<void(const Progress&)>;

// A blob as its bytes arrive, as from the body of a request. Destroyed without commit() it leaves
// nothing behind. One thread.
class BlobWriter {
 public:
  // `expected`: what the bytes must be. `size`: if it is known, the space is reserved. The writer
  // outlives it. Throws Io, saying what is needed and what is free where the disk is full.
  BlobWriter(StoreWriter& writer, std::optional<Digest> expected,
             std::optional<std::uint64_t> size = {});

  void write(std::span<const std::byte> bytes);
  std::uint64_t size() const { return size_; }
  // Gives it its name. Throws BadInput where the bytes are not the expected ones.
  Digest commit();

 private:
  StoreWriter& writer_;
  Staging staging_;
  std::string file_;
  FileDescriptor descriptor_;
  std::optional<Digest> expected_;
  Sha256 hash_;
  std::uint64_t size_ = 0;
};

// How a file became a blob.
enum class Added {
  WasThere,  // the store had it
  Cloned,    // the blocks are shared until one of them is changed
  Linked,    // it is the same file
  Copied,
};

enum class LinkMode { CloneOrCopy, Link };

struct AddedFile {
  Digest digest;
  std::uint64_t size = 0;
  Added how = Added::Copied;
};

// Adds a user's file as a blob. Only regular files; with `Link` it stays one file under two names,
// and changing it in place damages the model. Throws NotFound, BadInput, Io, Cancelled.
AddedFile add_file(StoreWriter& writer, const std::filesystem::path& path, LinkMode mode,
                   const ReportProgress& report);
// Adds a file that was written below the store's root, by moving it.
AddedFile add_staged(StoreWriter& writer, const std::string& file, const ReportProgress& report);

// Reads a file through once. Throws Cancelled, Io.
Digest hash_file(int descriptor, const std::string& name, const std::stop_token& stop,
                 FunctionRef<void(std::uint64_t done)> progress);

// Makes a file so long and has the file system set the space aside. Throws Io with the bytes that
// are needed and that are free.
void reserve_space(int descriptor, std::uint64_t bytes, const std::string& name);
// Bytes that may still be written to this file system.
std::uint64_t free_space(int descriptor);

}  // namespace bantam::store
