// Checks for our own bugs. Never reachable from input: bad input is an Error.
#pragma once

namespace bantam {

// Prints the condition, file, line and message to standard error and aborts.
[[noreturn]] void check_failed(const char* condition, const char* message, const char* file,
                               int line) noexcept;

}  // namespace bantam

#define BANTAM_CHECK(condition, message) \
  ((condition) ? void(0) : ::bantam::check_failed(#condition, message, __FILE__, __LINE__))

// As BANTAM_CHECK, but only in checked builds (preset dev); for inner loops.
#ifdef BANTAM_CHECKED
#define BANTAM_DCHECK(condition, message) BANTAM_CHECK(condition, message)
#else
#define BANTAM_DCHECK(condition, message) void(0)
#endif
