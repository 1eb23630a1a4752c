// Extents of a tensor, outermost first: a matrix is [rows, columns] and its columns are contiguous.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace bantam {

inline constexpr int kMaxRank = 4;

// One to four extents of at least 0. A value; any thread.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> extents)
      : Shape(std::span(extents.begin(), extents.size())) {}
  explicit Shape(std::span<const std::int64_t> extents);

  int rank() const { return rank_; }
  std::int64_t operator[](int axis) const { return extents_[static_cast<std::size_t>(axis)]; }
  std::int64_t columns() const {
    return rank_ == 0 ? 1 : extents_[static_cast<std::size_t>(rank_ - 1)];
  }
  std::int64_t rows() const;           // product of all extents but the last
  std::int64_t element_count() const;  // product of all
  bool operator==(const Shape&) const = default;

 private:
  std::array<std::int64_t, kMaxRank> extents_{};
  int rank_ = 0;
};

std::string to_text(const Shape& shape);  // "[4096, 1024]"

}  // namespace bantam
