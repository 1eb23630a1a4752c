// CpuOps: operations of rows with other rows.
#include <algorithm>
#include <cmath>

#include "backend/cpu_ops.h"

namespace bantam::backend {
namespace {

double mean_square(const float* x, std::int64_t count) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const double value = x[i];
    sum += value * value;
  }
  return sum / static_cast<double>(count);
}

}  // namespace

void CpuOps::multiply(const Tensor& a, const Tensor& b, Tensor out) {
  const std::int64_t columns = a.shape.columns();
  const bool is_one_row = b.shape.rows() == 1;
  for_rows(a.shape.rows(), columns, [&](std::int64_t row) {
    kernels_.multiply(a.float_row(row), b.float_row(is_one_row ? 0 : row), columns,
                      out.float_row(row));
  });
}

void CpuOps::add_mixtures(const Tensor& a, const Tensor& x, const Tensor& factors, Tensor out) {
  const std::int64_t rows = factors.shape.rows(), columns = x.shape.columns();
  const std::int64_t parts = out.shape.rows() / rows, x_parts = x.shape.rows() / rows;
  for_rows(rows, columns * factors.shape.columns(), [&](std::int64_t row) {
    const float* factor = factors.float_row(row);
    for (std::int64_t part = 0; part < parts; ++part) {
      const float* sum = a.float_row(part * rows + row);
      float* to = out.float_row(part * rows + row);
      for (std::int64_t from = 0; from < x_parts; ++from) {
        kernels_.add_scaled(sum, x.float_row(from * rows + row), *factor++, columns, to);
        sum = to;
      }
    }
  });
}

void CpuOps::match_magnitude(const Tensor& x, const Tensor& target, float square_min, Tensor out) {
  const std::int64_t columns = x.shape.columns();
  for_rows(x.shape.rows(), columns, [&](std::int64_t row) {
    const double own =
        std::max(mean_square(x.float_row(row), columns), static_cast<double>(square_min));
    const double wanted = mean_square(target.float_row(row), columns);
    kernels_.scale(x.float_row(row), static_cast<float>(std::sqrt(wanted / own)), columns,
                   out.float_row(row));
  });
}

void CpuOps::keep_above(const Tensor& x, float deviations, Tensor out) {
  const std::int64_t columns = x.shape.columns();
  for_rows(x.shape.rows(), columns, [&](std::int64_t row) {
    const float* from = x.float_row(row);
    double sum = 0, squares = 0;
    for (std::int64_t i = 0; i < columns; ++i) sum += static_cast<double>(from[i]);
    const double mean = sum / static_cast<double>(columns);
    for (std::int64_t i = 0; i < columns; ++i) {
      const double distance = static_cast<double>(from[i]) - mean;
      squares += distance * distance;
    }
    const double deviation = std::sqrt(squares / static_cast<double>(columns));
    const auto cutoff = static_cast<float>(mean + static_cast<double>(deviations) * deviation);
    float* to = out.float_row(row);
    for (std::int64_t i = 0; i < columns; ++i) to[i] = std::max(0.0F, from[i] - cutoff);
  });
}

}  // namespace bantam::backend
