// What form an answer must have, shared by commands.
#pragma once

#include <optional>
#include <string>

#include "library/structured_output.h"

namespace CLI {
class App;
}

namespace bantam::cli {

struct FormatFlags {
  std::optional<std::string> format, grammar, regex;

  void add(CLI::App& command);

  // Reads the files that are named; nothing where no flag was given. Throws BadInput for two of
  // them, and what MappedFile throws.
  std::optional<library::OutputFormat> read() const;
};

}  // namespace bantam::cli
