// Time for measuring; never for deciding what a result is.
#pragma once

#include <chrono>

namespace bantam {

// Seconds that passed since construction. Any thread.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace bantam
