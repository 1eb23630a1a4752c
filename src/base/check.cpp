#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace bantam {

void check_failed(const char* condition, const char* message, const char* file, int line) noexcept {
  std::fprintf(stderr, "bantam: internal error: %s:%d: %s (%s)\n", file, line, message, condition);
  std::abort();
}

}  // namespace bantam
