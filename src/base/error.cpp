#include "base/error.h"

#include "base/format.h"

namespace bantam {
namespace {

struct Row {
  ErrorCode code;
  std::string_view name;
  int exit_code;
};

constexpr Row kRows[] = {
    {ErrorCode::BadInput, "bad_input", 2},
    {ErrorCode::NotFound, "not_found", 3},
    {ErrorCode::BadFile, "bad_file", 4},
    {ErrorCode::Unsupported, "unsupported", 5},
    {ErrorCode::ContextFull, "context_full", 6},
    {ErrorCode::OutOfMemory, "out_of_memory", 7},
    {ErrorCode::Io, "io", 8},
    {ErrorCode::Cancelled, "cancelled", 130},
};

const Row& row(ErrorCode code) { return kRows[static_cast<std::size_t>(code)]; }

}  // namespace

int exit_code(ErrorCode code) { return row(code).exit_code; }

std::string_view error_name(ErrorCode code) { return row(code).name; }

void throw_bad_file(const FileFault& fault) {
  throw Error(ErrorCode::BadFile, format("{}: byte {}: {}: found {}, expected {}", fault.file,
                                         fault.offset, fault.field, fault.found, fault.expected));
}

}  // namespace bantam
