#include "backend/packed_weights.h"

#include <algorithm>
#include <utility>

#include "backend/activation_scratch.h"
#include "kernels/panels.h"

namespace bantam::backend {
namespace {

// Packed and given back at once: what a matrix takes twice for a moment.
constexpr std::int64_t kStepBytes = std::int64_t{8} << 20;

// The system maps more of a file than was touched; who needs it maps it again.
constexpr std::ptrdiff_t kNeighbourBytes = std::ptrdiff_t{2} << 20;

constexpr std::size_t kFirstEntries = 1024;  // a power of two

std::int64_t panel_count(const Tensor& weight) {
  return (weight.shape.rows() + kernels::kPanelRows - 1) / kernels::kPanelRows;
}

}  // namespace

bool is_packable(const kernels::KernelTable& kernels, const Tensor& weight) {
  if (kernels.linear[static_cast<std::size_t>(weight.type)].run_panels == nullptr) return false;
  const kernels::PanelLayout* layout = kernels::panel_layout(weight.type);
  return layout != nullptr && weight.row_bytes() % layout->block_bytes == 0;
}

PackedWeights::PackedWeights(const kernels::KernelTable& kernels, std::int64_t capacity,
                             std::span<const MappedFile> files)
    : kernels_(kernels),
      files_(files),
      memory_(static_cast<std::size_t>(capacity)),
      entries_(kFirstEntries) {}

PackedWeights::Entry& PackedWeights::find(std::vector<Entry>& entries, const Tensor& weight) const {
  // Fibonacci hashing: the high bits of the product are mixed best.
  const auto address = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(weight.data));
  std::size_t place = static_cast<std::size_t>((address * 0x9e3779b97f4a7c15u) >> 32);
  while (true) {
    Entry& entry = entries[place++ & (entries.size() - 1)];
    const bool is_same = entry.weight == weight.data && entry.rows == weight.shape.rows();
    if (is_same || entry.weight == nullptr) return entry;
  }
}

void PackedWeights::grow() {
  std::vector<Entry> larger(2 * entries_.size());
  for (const Entry& entry : entries_) {
    if (entry.weight == nullptr) continue;
    const Tensor key{DType::F32, Shape{entry.rows, 1}, const_cast<std::byte*>(entry.weight)};
    find(larger, key) = entry;
  }
  entries_ = std::move(larger);
}

const std::byte* PackedWeights::panels(const Tensor& weight, ThreadPool& pool) {
  const Entry& known = find(entries_, weight);
  if (known.weight != nullptr) return known.panels;
  if (2 * ++entry_count_ > entries_.size()) grow();
  const std::byte* packed = is_packable(kernels_, weight) ? pack(weight, pool) : nullptr;
  find(entries_, weight) = {weight.data, weight.shape.rows(), packed};
  return packed;
}

std::byte* PackedWeights::pack(const Tensor& weight, ThreadPool& pool) {
  const std::int64_t panel_bytes = kernels::kPanelRows * weight.row_bytes();
  const std::int64_t panels = panel_count(weight);
  const std::int64_t bytes = align_up(panels * panel_bytes);
  if (bytes > static_cast<std::int64_t>(memory_.size()) - used_) return nullptr;
  std::byte* out = memory_.data() + used_;
  used_ += bytes;
  const std::int64_t step = std::max<std::int64_t>(1, kStepBytes / panel_bytes);
  for (std::int64_t first = 0; first < panels; first += step) {
    const std::int64_t count = std::min(step, panels - first);
    pool.balance(count, 1, [&](int, std::int64_t begin, std::int64_t end) {
      kernels::pack_panels(*kernels::panel_layout(weight.type), {.rows = weight.data,
                                                                 .row_bytes = weight.row_bytes(),
                                                                 .row_count = weight.shape.rows(),
                                                                 .panel_begin = first + begin,
                                                                 .panel_end = first + end,
                                                                 .panels = out});
    });
    const std::int64_t rows =
        std::min(count * kernels::kPanelRows, weight.shape.rows() - first * kernels::kPanelRows);
    give_back({weight.row(first * kernels::kPanelRows),
               static_cast<std::size_t>(rows * weight.row_bytes())});
  }
  return out;
}

void PackedWeights::give_back(std::span<const std::byte> bytes) const {
  for (const MappedFile& file : files_) {
    const std::span<const std::byte> all = file.bytes();
    if (bytes.data() < all.data() || bytes.data() >= all.data() + all.size()) continue;
    const auto begin = bytes.data() - all.data();
    const auto end = begin + std::ssize(bytes);
    const auto from = std::max<std::ptrdiff_t>(0, begin - kNeighbourBytes);
    const auto to = std::min<std::ptrdiff_t>(std::ssize(all), end + kNeighbourBytes);
    MappedFile::release(
        all.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)));
  }
}

}  // namespace bantam::backend
