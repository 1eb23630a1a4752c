// Where lines come from: a person at a terminal, or a pipe.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "cli/terminal/history_file.h"
#include "cli/terminal/interrupt.h"

namespace bantam::cli {

// Longest line and longest message that are taken; more is an error, not memory.
inline constexpr std::size_t kMessageBytesMax = 16 * 1024 * 1024;

struct Line {
  enum class Kind {
    Text,     // a line without its end
    Cleared,  // Ctrl-C: what was typed is gone
    End,      // Ctrl-D, or the end of the pipe
    Left,     // Ctrl-C twice within a second, or once while reading a pipe
  };
  Kind kind = Kind::End;
  std::string text;
};

// One thread at a time.
class LineSource {
 public:
  virtual ~LineSource() = default;

  // The next line, asked for with `prompt` where somebody sees it. Throws BadInput past
  // kMessageBytesMax, Io if the system refuses to read.
  virtual Line read(const std::string& prompt) = 0;
};

// Editing by libedit. `history` may be null; it and the other arguments outlive the source. Sets
// the process's character type locale to a UTF-8 one, which libedit needs.
std::unique_ptr<LineSource> terminal_lines(std::FILE* input, std::FILE* output,
                                           InterruptGuard& interrupt, HistoryFile* history);

// Plain lines of a pipe or file, by its descriptor; shows no prompt.
std::unique_ptr<LineSource> piped_lines(int input, InterruptGuard& interrupt);

}  // namespace bantam::cli
