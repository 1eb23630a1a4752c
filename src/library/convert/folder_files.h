// The files of a folder that is made of a GGUF file, but for its weights.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "formats/metadata.h"

namespace bantam::library {

// A folder under a name of its own until it is complete: inside the target where that is there
// already (what is around it may not be writable), else beside it. Destroyed without commit() it
// leaves nothing behind. One thread.
class FolderInMaking {
 public:
  explicit FolderInMaking(std::filesystem::path target);
  ~FolderInMaking();
  FolderInMaking(const FolderInMaking&) = delete;
  FolderInMaking& operator=(const FolderInMaking&) = delete;

  const std::filesystem::path& path() const { return temporary_; }

  // Gives the folder its name. Of a folder that is there already it replaces the files of the same
  // names, config.json last, and removes those that readers would take in their place: another
  // tokenizer's, template's and generation's, and the index of weights in several files.
  void commit();

 private:
  std::filesystem::path target_, temporary_;
};

// Dotted keys become nested objects.
void write_config(const formats::Metadata& config, const std::filesystem::path& path);

// tokenizer.json or tokenizer.model, and tokenizer_config.json with the template, from tokenizer.*
// of GGUF metadata. What cannot be rebuilt is noted.
void write_tokenizer_files(const formats::Metadata& gguf, const std::filesystem::path& folder,
                           std::vector<std::string>& notes);

}  // namespace bantam::library
