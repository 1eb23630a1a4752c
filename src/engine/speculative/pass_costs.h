// What a pass costs by its number of rows, as measured while decoding.
#pragma once

#include <cstdint>
#include <vector>

namespace bantam::engine {

// Estimates lean to the low side: whatever disturbs a measurement makes it longer. They decide how
// much is guessed, never what text comes. Owned by one engine.
class PassCosts {
 public:
  // For passes of up to `rows_max` rows.
  explicit PassCosts(std::int64_t rows_max);

  void add(std::int64_t rows, double seconds);
  // Whether anything is known yet.
  bool is_measured() const { return passes_ > 0; }
  // Of a pass of so many rows: as measured lately, else what its measured neighbours let hope for,
  // so that it is tried: kernels compute rows by fours or eights, and the last of them is nearly
  // free. Only once is_measured().
  double seconds(std::int64_t rows) const;
  // The same, but of rows that were not measured nothing is hoped for.
  double seconds_at_worst(std::int64_t rows) const;

 private:
  struct Entry {
    double seconds = 0;
    std::int64_t pass = -1;  // the number of the last one; -1: none yet
    int samples = 0;
  };
  bool is_known(std::int64_t rows) const;

  std::vector<Entry> entries_;  // by rows
  std::int64_t passes_ = 0;
  std::int64_t last_rows_ = 0;
};

}  // namespace bantam::engine
