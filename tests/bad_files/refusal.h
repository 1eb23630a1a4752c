// What every refusal of a bad file must be: an Error of the right kind that says where and what,
// quickly and without much memory.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/function_ref.h"

namespace bantam::test {

struct BadFile {
  std::string name;                    // of the class of damage
  std::vector<std::string> fragments;  // all of them occur in the message
  ErrorCode code = ErrorCode::BadFile;
};

// Fails the running test unless `open` throws such an Error, without a hang, in less than 64 MB.
void expect_refusal(const BadFile& expected, FunctionRef<void()> open);

}  // namespace bantam::test
