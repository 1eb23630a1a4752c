#include "formats/tensor_file.h"

#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/format.h"

namespace bantam::formats {
namespace {

// Bytes that an address of this type must be a multiple of: the widest number inside one block.
std::uintptr_t alignment_of(DType type) {
  switch (type) {
    case DType::F64:
    case DType::I64:
    case DType::U64:
      return 8;
    case DType::F32:
    case DType::I32:
    case DType::U32:
    case DType::Q8_K:
      return 4;
    case DType::I8:
    case DType::U8:
    case DType::Bool:
    case DType::F8_E4M3:
    case DType::F8_E5M2:
      return 1;
    default:
      return 2;
  }
}

}  // namespace

TensorFile::TensorFile(SourceFormat format, Metadata metadata, std::vector<TensorEntry> tensors,
                       std::vector<MappedFile> files, std::string name, std::vector<Buffer> buffers)
    : format_(format),
      name_(name.empty() ? metadata.file() : std::move(name)),
      metadata_(std::move(metadata)),
      tensors_(std::move(tensors)),
      files_(std::move(files)),
      buffers_(std::move(buffers)) {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const auto [other, added] = by_name_.emplace(tensors_[i].name, i);
    if (!added) {
      throw_bad_file(
          {tensors_[i].file, tensors_[i].offset, "tensor name",
           bantam::format("a second {}", quoted(tensors_[i].name, 128)),
           bantam::format("one; the first is in {} at byte {}", tensors_[other->second].file,
                          tensors_[other->second].offset)});
    }
  }
  align_tensors();
}

const TensorEntry* TensorFile::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &tensors_[found->second];
}

void TensorFile::align_tensors() {
  for (TensorEntry& entry : tensors_) {
    Tensor& tensor = entry.tensor;
    const auto address = reinterpret_cast<std::uintptr_t>(tensor.data);
    if (tensor.empty() || address % alignment_of(tensor.type) == 0) continue;
    const auto size = static_cast<std::size_t>(tensor.byte_count());
    if (size == 0) continue;
    Buffer copy(size);
    std::memcpy(copy.data(), tensor.data, size);
    tensor.data = copy.data();
    buffers_.push_back(std::move(copy));
  }
}

}  // namespace bantam::formats
