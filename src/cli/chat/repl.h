// Chat at the terminal: `bantam run` without a prompt.
#pragma once

#include "cli/chat/session.h"

namespace bantam::cli {

struct ReplOptions {
  bool is_verbose = false;     // rates after each answer
  bool keeps_history = false;  // earlier lines over sessions
  bool hides_thinking = false;
};

// Reads messages and commands until the end of the input or /bye. Errors of a message are shown and
// the conversation goes on.
void chat(Session& session, ReplOptions options);

}  // namespace bantam::cli
