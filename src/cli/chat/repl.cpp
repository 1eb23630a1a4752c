#include "cli/chat/repl.h"

#include <cstdio>
#include <iostream>

#include "base/error.h"
#include "base/format.h"
#include "cli/chat/repl_commands.h"
#include "cli/chat/thinking_printer.h"
#include "cli/terminal/escape.h"
#include "cli/terminal/history_file.h"
#include "cli/terminal/line_editor.h"
#include "library/built_in_model.h"

namespace bantam::cli {
namespace {

void greet(const Session& session) {
  const library::LoadedModel& model = session.model();
  if (model.source.kind == library::SourceKind::BuiltIn) {
    std::cout << library::built_in_description() << "\n\n";
  } else {
    std::cout << escaped_line(model.source.name) << '\n';
  }
  if (!session.uses_template()) {
    std::cout << "This model has no chat template: it continues each text that you give it.\n";
  }
  std::cout
      << "Type a message, \"\"\" around several lines, /help for commands, Ctrl-D to leave.\n";
}

void reply(Session& session, const std::string& message, InterruptGuard& interrupt,
           const ReplOptions& options) {
  interrupt.clear();
  ThinkingPrinter printer(std::cout, options.hides_thinking);
  const Answer answer =
      session.answer(message, interrupt,
                     [&](AnswerPart part, std::string_view piece) { printer.show(part, piece); });
  printer.finish();
  std::cout << '\n';
  if (answer.reason == engine::FinishReason::Cancelled) {
    std::cout << "(stopped)\n";
    return;
  }
  if (options.is_verbose) std::cerr << rates(session.model(), answer.stats);
  check_complete(answer, session.engine());
}

}  // namespace

void chat(Session& session, ReplOptions options) {
  InterruptGuard interrupt;
  LineEditorOptions editing;
  if (options.keeps_history) editing.history = default_history_file();
  LineEditor editor(interrupt, editing);
  if (editor.is_interactive()) greet(session);
  for (;;) {
    try {
      const std::optional<std::string> message = editor.read_message();
      if (!message) break;
      if (message->empty()) continue;
      if (message->starts_with('/')) {
        if (!run_command(session, options, *message)) break;
      } else {
        reply(session, *message, interrupt, options);
      }
    } catch (const Error& error) {
      std::cout << std::flush;
      std::cerr << "bantam: " << escaped_for_terminal(error.what()) << '\n';
      // Without a person at the keyboard nobody would see that an answer is missing.
      if (!editor.is_interactive()) throw;
    }
  }
  if (editor.is_interactive()) std::cout << '\n';
}

}  // namespace bantam::cli
