#include "cli/commands/commands.h"

namespace bantam::cli {

std::span<const AddCommand> commands() {
  static constexpr AddCommand kCommands[] = {
      add_run,   add_serve,      add_show,    add_tokenize, add_render, add_logits,
      add_bench, add_perplexity, add_convert, add_doctor,   add_list,   add_import,
      add_pull,  add_create,     add_cp,      add_rm,       add_verify,
  };
  return kCommands;
}

}  // namespace bantam::cli
