// Weights in the order in which kernels read them.
#pragma once

#include <span>
#include <vector>

#include "base/mapped_file.h"
#include "base/thread_pool.h"
#include "kernels/kernel_table.h"
#include "tensor/tensor.h"

namespace bantam::backend {

// How an executor keeps the matrices of a model.
enum class WeightLayout {
  Rows,    // as the file has them, mapped
  Panels,  // where kernels read panels faster, a copy in memory of the program's own
};

// Whether the kernel of a matrix reads it faster in panels (kernels/panels.h).
bool is_packable(const kernels::KernelTable& kernels, const Tensor& weight);

// Owns matrices in panels, each made when it is first asked for. The pages of a file that a packed
// matrix was mapped from are given back, so that weights are in memory once. One thread calls.
class PackedWeights {
 public:
  // Takes up to `capacity` bytes of memory, as matrices come. `files` may hold matrices; they
  // outlive this, as the table does. Throws OutOfMemory where the system refuses the addresses.
  PackedWeights(const kernels::KernelTable& kernels, std::int64_t capacity,
                std::span<const MappedFile> files);

  // The panels of a matrix, as LinearKernel::run_panels takes them; null where the kernel wants
  // rows or no room is left. Allocates only for a matrix that it has not seen.
  const std::byte* panels(const Tensor& weight, ThreadPool& pool);

  // Says that `bytes`, where they lie in one of the files, will not be read soon.
  void give_back(std::span<const std::byte> bytes) const;

 private:
  struct Entry {
    const std::byte* weight = nullptr;  // the key with `rows`; null: free
    std::int64_t rows = 0;
    const std::byte* panels = nullptr;
  };

  Entry& find(std::vector<Entry>& entries, const Tensor& weight) const;
  void grow();
  std::byte* pack(const Tensor& weight, ThreadPool& pool);

  const kernels::KernelTable& kernels_;
  std::span<const MappedFile> files_;
  Buffer memory_;
  std::int64_t used_ = 0;
  std::vector<Entry> entries_;  // open addressing, at most half full
  std::size_t entry_count_ = 0;
};

}  // namespace bantam::backend
