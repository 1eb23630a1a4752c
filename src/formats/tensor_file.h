// One view over every model file: metadata and named tensors, memory-mapped, without a copy of the
// weights.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "formats/metadata.h"
#include "tensor/tensor.h"

namespace bantam::formats {

// Where names and conventions come from.
enum class SourceFormat { Gguf, HuggingFace };

struct TensorEntry {
  std::string name;
  Tensor tensor;     // views a mapping of the TensorFile; no data where only headers were read
  std::string file;  // for messages; one of several for split and sharded models
  std::uint64_t offset = 0;  // of the data in that file, bytes
  // Of a matrix whose columns stand in another order than the network's inputs: column c belongs to
  // input input_order[c], I32 [columns]. Empty for every other tensor.
  Tensor input_order = {};
};

// Owns the mappings that its tensors and texts view. Every tensor lies wholly inside its file and
// is aligned to its element; the few that a file leaves unaligned are copied. Quantized tensors of
// Hugging Face folders lie in buffers, in layouts of our own (hf/quantized). Movable. Immutable
// once read: any thread.
class TensorFile {
 public:
  // Throws BadFile where two tensors have one name. `name` is that of the metadata's file unless
  // given; `buffers` are kept for the tensors that view them.
  TensorFile(SourceFormat format, Metadata metadata, std::vector<TensorEntry> tensors,
             std::vector<MappedFile> files, std::string name = {},
             std::vector<Buffer> buffers = {});

  SourceFormat format() const { return format_; }
  const std::string& name() const { return name_; }  // of the file or folder, for messages
  const Metadata& metadata() const { return metadata_; }
  Metadata& mutable_metadata() { return metadata_; }  // for user overrides, before use
  std::span<const TensorEntry> tensors() const { return tensors_; }  // in file order
  const TensorEntry* find(std::string_view name) const;              // nullptr where there is none
  std::span<const MappedFile> files() const { return files_; }

 private:
  void align_tensors();

  SourceFormat format_;
  std::string name_;
  Metadata metadata_;
  std::vector<TensorEntry> tensors_;
  std::map<std::string_view, std::size_t> by_name_;  // views the names of tensors_
  std::vector<MappedFile> files_;
  std::vector<Buffer> buffers_;
};

}  // namespace bantam::formats
