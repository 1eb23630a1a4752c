// Runs the program as a user would.
#pragma once

#include <string>
#include <vector>

namespace bantam::test {

struct ProcessResult {
  int exit_code = -1;  // 128 + signal for a killed one
  std::string out, err;
};

// Runs `program` with arguments and this text on its standard input, which is no terminal.
ProcessResult run_process(const std::string& program, const std::vector<std::string>& arguments,
                          const std::string& input = "");

}  // namespace bantam::test
