// A typed view of memory, and the owner of such memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace bantam {

// Does not own what it views: the file, buffer or arena it points into outlives it. Rows are
// contiguous. Copying copies the view. Reading from any thread.
struct Tensor {
  DType type = DType::F32;
  Shape shape;
  std::byte* data = nullptr;  // weights are never written through it

  std::int64_t row_bytes() const;  // of one row: shape.columns() values
  std::int64_t byte_count() const;
  std::byte* row(std::int64_t index) const { return data + index * row_bytes(); }
  float* floats() const { return reinterpret_cast<float*>(data); }  // type is F32
  float* float_row(std::int64_t index) const { return floats() + index * shape.columns(); }
  bool empty() const { return data == nullptr; }
};

// Bytes that `count` values take, a multiple of the type's block size. Unlike the format table this
// knows the types that only safetensors files have.
std::int64_t byte_count(DType type, std::int64_t count);

// The name of any type for messages: "q4_k", "u8", "f8_e4m3".
std::string_view type_name(DType type);

// Owns zeroed memory aligned to 64 bytes (2 MiB for large ones, so that the system can use huge
// pages). Movable.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t byte_count);  // throws OutOfMemory naming the size

  std::byte* data() const { return memory_.get(); }
  std::size_t size() const { return size_; }

 private:
  struct Free {
    std::size_t size;
    void operator()(std::byte* memory) const;
  };
  std::unique_ptr<std::byte[], Free> memory_{nullptr, Free{0}};
  std::size_t size_ = 0;
};

}  // namespace bantam
