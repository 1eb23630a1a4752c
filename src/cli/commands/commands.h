// The commands of the program. Each is one file here: it declares its options, and runs.
#pragma once

#include <span>

namespace CLI {
class App;
}

namespace bantam::cli {

// Adds a subcommand with its options to the program; running it is the subcommand's callback, which
// throws Error for failures.
using AddCommand = void (*)(CLI::App& program);

std::span<const AddCommand> commands();

void add_bench(CLI::App& program);
void add_convert(CLI::App& program);
void add_cp(CLI::App& program);
void add_create(CLI::App& program);
void add_doctor(CLI::App& program);
void add_import(CLI::App& program);
void add_list(CLI::App& program);
void add_logits(CLI::App& program);
void add_perplexity(CLI::App& program);
void add_pull(CLI::App& program);
void add_render(CLI::App& program);
void add_rm(CLI::App& program);
void add_run(CLI::App& program);
void add_serve(CLI::App& program);
void add_show(CLI::App& program);
void add_tokenize(CLI::App& program);
void add_verify(CLI::App& program);

}  // namespace bantam::cli
