#include <cstring>

#include "kernels/cpu/scalar/kernels.h"

namespace bantam::kernels::scalar {

double probe_f32(std::int64_t iterations) {
  float sums[16] = {};
  for (std::int64_t i = 0; i < iterations; ++i) {
    for (float& sum : sums) sum = sum * 0.5F + 1.0F;
  }
  volatile float sink = 0;
  for (const float sum : sums) sink = sink + sum;
  return 2.0 * 16 * static_cast<double>(iterations);
}

double probe_int8(std::int64_t iterations) {
  volatile std::int8_t factor = 3;
  const std::int32_t a = factor;
  std::int32_t sums[16] = {};
  for (std::int64_t i = 0; i < iterations; ++i) {
    const std::int32_t b = static_cast<std::int8_t>(i);
    for (std::int32_t& sum : sums) sum = (sum + a * b) & 0xffff;
  }
  volatile std::int32_t sink = 0;
  for (const std::int32_t sum : sums) sink = sink + sum;
  return 2.0 * 16 * static_cast<double>(iterations);
}

std::uint64_t probe_read(const std::byte* memory, std::int64_t bytes) {
  std::uint64_t sum = 0;
  for (std::int64_t i = 0; i + 8 <= bytes; i += 8) {
    std::uint64_t word;
    std::memcpy(&word, memory + i, sizeof word);
    sum += word;
  }
  return sum;
}

}  // namespace bantam::kernels::scalar
