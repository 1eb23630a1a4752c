// The slash commands of a chat.
#pragma once

#include <string_view>

#include "cli/chat/repl.h"

namespace bantam::cli {

// Runs "/name arguments"; false for /bye. An unknown command says which there are. Throws what the
// command's work throws.
bool run_command(Session& session, ReplOptions& options, std::string_view line);

}  // namespace bantam::cli
