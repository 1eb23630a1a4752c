// Writes safetensors files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "tensor/tensor.h"

namespace bantam::formats {

struct NamedTensor {
  std::string name;
  Tensor tensor;  // contiguous; a type that safetensors has
};

// A tensor that will be written: its name and what its data will be.
struct TensorHeader {
  std::string name;
  DType type = DType::F32;
  Shape shape;
};

// Writes a file whose data come piece by piece, so that they need not be in memory at once. The
// target is complete or as it was. Throws as write_safetensors does, and BadInput for data that are
// more or less than was declared. One thread.
class SafetensorsWriter {
 public:
  // The order of the file is that of headers(), not of `tensors`.
  SafetensorsWriter(const std::filesystem::path& target, std::vector<TensorHeader> tensors,
                    const std::map<std::string, std::string>& metadata);

  // In the order in which their data follow each other.
  std::span<const TensorHeader> headers() const { return headers_; }

  // The next bytes of the data of all tensors, in pieces of any size.
  void append(std::span<const std::byte> bytes);

  void commit();

 private:
  std::vector<TensorHeader> headers_;
  AtomicFile file_;
  std::uint64_t missing_ = 0;  // bytes of data
};

// Writes all tensors and the texts as __metadata__, or leaves what was there (AtomicFile). Tensors
// lie in the order of the reference implementation: widest type first, then by name, so that all
// are aligned and the same content gives the same bytes. Throws BadInput for a name that occurs
// twice or a type that the format lacks, Io where the system refuses.
void write_safetensors(const std::filesystem::path& path, std::vector<NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace bantam::formats
