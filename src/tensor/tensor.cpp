#include "tensor/tensor.h"

#include <sys/mman.h>

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "base/format.h"
#include "tensor/quant_format.h"

namespace bantam {
namespace {

// Types without a row in the format table: nothing computes with them as they are.
struct StorageType {
  DType type;
  std::string_view name;
  std::int64_t bytes;
};
constexpr StorageType kStorageTypes[] = {
    {DType::Bool, "bool", 1},       {DType::U8, "u8", 1},   {DType::U16, "u16", 2},
    {DType::U32, "u32", 4},         {DType::U64, "u64", 8}, {DType::F8_E4M3, "f8_e4m3", 1},
    {DType::F8_E5M2, "f8_e5m2", 1},
};

const StorageType* find_storage_type(DType type) {
  const auto* row = std::ranges::find(kStorageTypes, type, &StorageType::type);
  return row == std::end(kStorageTypes) ? nullptr : row;
}

}  // namespace

std::int64_t byte_count(DType type, std::int64_t count) {
  const StorageType* row = find_storage_type(type);
  return row != nullptr ? count * row->bytes : quant_format(type).bytes_for(count);
}

std::string_view type_name(DType type) {
  const StorageType* row = find_storage_type(type);
  return row != nullptr ? row->name : quant_format(type).name;
}

std::int64_t Tensor::row_bytes() const { return bantam::byte_count(type, shape.columns()); }

std::int64_t Tensor::byte_count() const { return row_bytes() * shape.rows(); }

Buffer::Buffer(std::size_t byte_count) : size_(byte_count) {
  if (byte_count == 0) return;
  // Anonymous pages are zero, page-aligned and only resident once touched.
  void* memory =
      ::mmap(nullptr, byte_count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    throw Error(ErrorCode::OutOfMemory, format("cannot reserve {} of memory; use a smaller --ctx, "
                                               "a smaller --cache-type-k/-v or a smaller model",
                                               human_bytes(byte_count)));
  }
  constexpr std::size_t kHugePage = std::size_t{2} << 20;
  if (byte_count >= 4 * kHugePage) ::madvise(memory, byte_count, MADV_HUGEPAGE);
  memory_ = std::unique_ptr<std::byte[], Free>(static_cast<std::byte*>(memory), Free{byte_count});
}

void Buffer::Free::operator()(std::byte* memory) const { ::munmap(memory, size); }

}  // namespace bantam
