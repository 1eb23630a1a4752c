// Reading ahead in a weight matrix as one sequential stream, whatever the order of the kernel's own
// reads.
#pragma once

#include <cstdint>

#include "kernels/kernel_table.h"

namespace bantam::kernels {
namespace {

// While a kernel works on `count` rows, asks for the rows that follow them; at the end for the same
// rows again, which costs nothing.
class SequentialPrefetch {
 public:
  SequentialPrefetch(const LinearTask& task, std::int64_t row, std::int64_t count)
      : next_(reinterpret_cast<const char*>(task.weights) +
              (row + 2 * count <= task.row_end ? row + count : row) * task.row_bytes) {}

  // The share of the next rows that belongs to bytes [begin, begin + kBytes) of each present row.
  template <int kBytes, int kCount>
  [[gnu::always_inline]] void lines(std::int64_t begin) const {
    const char* p = next_ + begin * kCount;
    for (int offset = 0; offset < kBytes * kCount; offset += 64) {
      __builtin_prefetch(p + offset);
    }
  }

 private:
  const char* next_;
};

}  // namespace
}  // namespace bantam::kernels
