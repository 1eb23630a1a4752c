// What the user says next, from a terminal with editing or from a pipe.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/terminal/history_file.h"
#include "cli/terminal/interrupt.h"
#include "cli/terminal/line_source.h"

namespace bantam::cli {

struct LineEditorOptions {
  std::string prompt = ">>> ";
  std::string continuation = "... ";   // within a message of several lines
  std::filesystem::path history = {};  // empty: earlier lines are neither read nor kept
  std::FILE* input = stdin;
  std::FILE* output = stdout;
};

// Reads messages. A message is a line, or the lines between two `"""`. At a terminal Ctrl-C clears
// what is typed, Ctrl-C twice within a second and Ctrl-D at an empty line end the input. One thread
// at a time.
class LineEditor {
 public:
  // `interrupt` outlives the editor. Throws Io if the history file cannot be used.
  LineEditor(InterruptGuard& interrupt, LineEditorOptions options);

  // Whether a person sees the prompt.
  bool is_interactive() const { return interactive_; }

  // The next message, without the marks; nothing at the end of the input. Throws BadInput for a
  // message of more than kMessageBytesMax.
  std::optional<std::string> read_message();

 private:
  Line read_rest(std::string first);

  LineEditorOptions options_;
  bool interactive_;
  std::unique_ptr<HistoryFile> history_;
  std::unique_ptr<LineSource> lines_;  // refers to history_
};

}  // namespace bantam::cli
