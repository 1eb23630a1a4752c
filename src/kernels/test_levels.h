// For tests: the tables of every level that can run here, and seeded random numbers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/cpu/levels.h"
#include "kernels/kernel_table.h"

namespace bantam::kernels {

// All levels that this processor has; AVX-VNNI and AVX-512 are emulated where they are missing.
inline std::vector<KernelTable> available_tables() {
  std::vector<KernelTable> tables;
  for (const CpuLevel level : available_cpu_levels()) tables.push_back(kernel_table(level));
#ifdef BANTAM_HAS_EMULATED_LEVELS
  const auto emulate = [&](CpuLevel level, void (*register_kernels)(KernelTable&)) {
    const std::vector<CpuLevel> levels = available_cpu_levels();
    if (std::ranges::find(levels, CpuLevel::Avx2) == levels.end()) return;
    if (std::ranges::find(levels, level) != levels.end()) return;
    tables.push_back(kernel_table(CpuLevel::Avx2));
    register_kernels(tables.back());
    tables.back().name = cpu_level_name(level);
  };
  emulate(CpuLevel::AvxVnni, avxvnni_emulated::register_kernels);
  emulate(CpuLevel::Avx512, avx512_emulated::register_kernels);
#endif
  return tables;
}

// Lengths with and without full registers.
inline constexpr std::int64_t kCounts[] = {1, 2, 7, 16, 30, 64, 1001};

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// Numbers that are the same on every machine (splitmix64).
class TestRandom {
 public:
  explicit TestRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // Uniform in [-1, 1).
  float unit() { return static_cast<float>(static_cast<std::int64_t>(next()) >> 40) * 0x1p-23f; }
  std::vector<float> units(std::int64_t count) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = unit();
    return values;
  }

 private:
  std::uint64_t state_;
};

}  // namespace bantam::kernels
