// The models that are installed, in the layout of Ollama's store: each program reads the other's.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "store/blob_lock.h"
#include "store/folder.h"
#include "store/manifest.h"
#include "store/model_name.h"

namespace bantam::store {

// One line of a list.
struct ModelEntry {
  ModelName name;
  std::optional<Digest> id;     // of the manifest's bytes; none where it cannot be read
  std::uint64_t size = 0;       // bytes of all layers
  std::int64_t modified_s = 0;  // seconds since 1970
  ModelConfig config;
  std::string fault;  // what is wrong with the manifest or the config; empty: nothing
};

// What an installed model consists of.
struct ModelParts {
  ModelName name;
  Digest id;
  std::int64_t modified_s = 0;
  Manifest manifest;
  ModelConfig config;
  std::filesystem::path model;  // the GGUF file; empty where there is no such layer
  std::vector<std::filesystem::path> adapters, projectors;
  std::optional<std::string> chat_template;  // Go; none: the GGUF file's own
  std::string system;
  Parameters parameters;
  std::vector<StoredMessage> messages;  // that every conversation begins with
  std::vector<std::string> licenses;
};

// What removing did.
struct RemoveReport {
  std::uint64_t blobs = 0, bytes = 0;  // removed
  std::uint64_t in_use = 0;            // blobs left alone: another operation uses them
  std::string why_kept;                // nothing was removed, because of this; else empty
};

// A store on disk. Every operation opens what it needs anew, so that any number of objects, threads
// and processes may use one store at a time: files get their names when they are complete and
// durable, a blob only after its bytes were hashed, a manifest after its blobs; nothing is removed
// while another operation uses it. Immutable: any thread. Whatever touches the disk throws Io.
class Store {
 public:
  explicit Store(std::filesystem::path root) : root_(std::move(root)) {}

  // $BANTAM_MODELS, else $OLLAMA_MODELS, else ~/.ollama/models. Throws BadInput where there is no
  // home folder either.
  static std::filesystem::path default_root();

  const std::filesystem::path& root() const { return root_; }

  // All models, the latest first. A model that cannot be read is listed with its fault.
  std::vector<ModelEntry> list() const;
  // The name as the store has it: names may differ in the case of letters. None: not installed.
  std::optional<ModelName> find(const ModelName& name) const;
  // Throws NotFound for a model that is not installed or whose blobs are not all there, BadFile for
  // one that cannot be read. Checks that blobs have their sizes; verify() reads them.
  ModelParts read(const ModelName& name) const;
  std::optional<std::string> manifest_bytes(const ModelName& name) const;
  // Installed names that may have been meant, best first, at most three.
  std::vector<ModelName> similar(const ModelName& name) const;

  bool has_blob(const Digest& digest) const;
  std::filesystem::path blob_path(const Digest& digest) const;
  // The content of a small blob, such as a template. Throws NotFound, BadFile past `bytes_max`.
  std::string read_blob(const Digest& digest, std::uint64_t bytes_max = kTextLayerBytesMax) const;

  // The same model under another name too. Throws NotFound.
  void copy(const ModelName& from, const ModelName& to) const;
  // Takes the model off, and the blobs that no other model has. Throws NotFound.
  RemoveReport remove(const ModelName& name) const;
  // Removes blobs and unfinished downloads that no model has and that are older than `age`.
  RemoveReport remove_unused(std::chrono::seconds age = std::chrono::hours(1)) const;

 private:
  std::filesystem::path root_;
};

// One operation that adds to a store. What it has shared or put stays until it is destroyed, though
// no model refers to it yet. One thread.
class StoreWriter {
 public:
  // Makes the store's folders where they are not there.
  explicit StoreWriter(const std::filesystem::path& root, std::stop_token stop = {});

  const Folder& root() const { return root_; }
  BlobLock& lock() { return lock_; }
  const std::stop_token& stop() const { return stop_; }

  // Keeps the blob from being removed; whether it is there.
  bool keep(const Digest& digest);
  // Adds a blob of these bytes, where it is not there already.
  Layer put(std::string_view kind, std::string_view bytes);
  // Gives a complete, flushed file of this file system, named relative to the root, its name as a
  // blob. The caller has hashed it.
  void adopt(const std::string& file, const Digest& digest);
  // Names the model, in the place of what had the name; blobs that this leaves unused are removed.
  // Throws NotFound if a blob is missing.
  RemoveReport publish(const ModelName& name, std::string_view manifest_bytes);
  // A file that is complete at once: written, flushed, renamed.
  void write_file(const std::string& name, std::string_view bytes, bool replaces);

 private:
  Folder root_;
  BlobLock lock_;
  std::stop_token stop_;
};

}  // namespace bantam::store
