// bantam: small language models on the machine their user owns.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/format.h"
#include "cli/commands/commands.h"
#include "cli/terminal/escape.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

constexpr const char* kFooter =
    "\nExamples:\n"
    "  bantam run                                 chat with the built-in model\n"
    "  bantam run model.gguf \"Why is the sky blue?\"\n"
    "  bantam show model.gguf\n\n"
    "Exit codes: 0 done, 2 bad input, 3 not found, 4 bad file, 5 unsupported, 6 context full,\n"
    "7 out of memory, 8 input/output, 130 interrupted, 1 anything else.";

// Errors go to standard error; with --json they are also the one JSON value on standard output.
int report(std::string_view code, const std::string& message, int exit_status, bool as_json) {
  std::fprintf(stderr, "bantam: %s\n", escaped_for_terminal(message).c_str());
  if (as_json) {
    std::cout << json_text({{"error", {{"code", code}, {"message", message}}}}) << '\n';
  }
  return exit_status;
}

bool asks_for_json(int argument_count, char** arguments) {
  for (int i = 1; i < argument_count; ++i) {
    if (std::string_view(arguments[i]) == "--json") return true;
  }
  return false;
}

int run_program(int argument_count, char** arguments) {
  CLI::App program("Small language models on your own machine: private, offline, fast.", "bantam");
  program.footer(kFooter);
  program.set_version_flag("--version", "bantam " BANTAM_VERSION);
  program.require_subcommand(1);
  program.get_formatter()->column_width(34);
  for (const AddCommand add : commands()) add(program);
  const bool as_json = asks_for_json(argument_count, arguments);
  // A file past the limit of the process is then an error of write(), which names the file.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    program.parse(argument_count, arguments);
    std::cout.flush();
    if (std::cout) return 0;
    return report("io", "standard output: cannot be written", exit_code(ErrorCode::Io), false);
  } catch (const CLI::RuntimeError& error) {  // reported already
    return error.get_exit_code();
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error);  // --help, --version
    const std::string hint = argument_count > 1 ? std::string(arguments[1]) + " --help" : "--help";
    return report("bad_input", std::string(error.what()) + "; see bantam " + hint, 2, as_json);
  } catch (const Error& error) {
    return report(error_name(error.code()), error.what(), exit_code(error.code()), as_json);
  } catch (const std::bad_alloc&) {
    return report("out_of_memory", "out of memory; use a smaller model or a smaller --ctx",
                  exit_code(ErrorCode::OutOfMemory), as_json);
  } catch (const std::exception& error) {
    return report("internal", error.what(), 1, as_json);
  }
}

}  // namespace
}  // namespace bantam::cli

int main(int argument_count, char** arguments) {
  return bantam::cli::run_program(argument_count, arguments);
}
