#include "tensor/shape.h"

#include <algorithm>

#include "base/check.h"
#include "base/format.h"

namespace bantam {

Shape::Shape(std::span<const std::int64_t> extents) : rank_(static_cast<int>(extents.size())) {
  BANTAM_CHECK(rank_ <= kMaxRank, "a tensor has at most four axes");
  std::copy(extents.begin(), extents.end(), extents_.begin());
}

std::int64_t Shape::rows() const {
  std::int64_t product = 1;
  for (int axis = 0; axis + 1 < rank_; ++axis) product *= (*this)[axis];
  return product;
}

std::int64_t Shape::element_count() const { return rows() * columns(); }

std::string to_text(const Shape& shape) {
  std::string out = "[";
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (axis > 0) out += ", ";
    out += to_text(shape[axis]);
  }
  return out + "]";
}

}  // namespace bantam
