// A stable sort that stays within its memory whatever the comparison says, NaN included.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace bantam::jinja {

// The numbers 0 to count - 1 in the order of `less`, equal ones as they were. What `less` throws
// passes.
template <typename Less>
std::vector<std::size_t> sorted_order(std::size_t count, Less less) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<std::size_t> merged(count);
  for (std::size_t width = 1; width < count; width *= 2) {
    for (std::size_t begin = 0; begin < count; begin += 2 * width) {
      const auto at = [&](std::size_t index) {
        return order.begin() + static_cast<std::ptrdiff_t>(std::min(index, count));
      };
      std::merge(at(begin), at(begin + width), at(begin + width), at(begin + 2 * width),
                 merged.begin() + static_cast<std::ptrdiff_t>(begin), less);
    }
    order.swap(merged);
  }
  return order;
}

}  // namespace bantam::jinja
