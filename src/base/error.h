// The one exception type of the project, and the table from kind of failure to exit code.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bantam {

enum class ErrorCode {
  BadInput,     // an argument, request or prompt that cannot be used as it is
  NotFound,     // a file, model or tensor that is not there
  BadFile,      // a file that breaks its format
  Unsupported,  // a well-formed thing that this build cannot do
  ContextFull,  // more tokens than the context holds
  OutOfMemory,
  Io,         // the system refused to read or write
  Cancelled,  // stopped by the user
};

// Thrown when a request, command or load cannot go on. The text names the thing, what was found,
// what was expected and the remedy; it is shown to users as it is.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

// Process exit code of each kind: 2 bad input, 3 not found, 4 bad file, 5 unsupported, 6 context
// full, 7 out of memory, 8 input/output, 130 cancelled.
int exit_code(ErrorCode code);

// Short stable name for machine-readable output: "bad_input", "not_found", ...
std::string_view error_name(ErrorCode code);

// What is wrong at one place of a file.
struct FileFault {
  std::string_view file;
  std::uint64_t offset = 0;  // bytes from the start of the file
  std::string_view field;    // as the format calls it
  std::string found;
  std::string expected;  // the limit or the set of allowed values
};

// Throws Error{BadFile}: "FILE: byte OFFSET: FIELD: found FOUND, expected EXPECTED".
[[noreturn]] void throw_bad_file(const FileFault& fault);

}  // namespace bantam
