// bantam run: an answer to one prompt, or a chat.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/format.h"
#include "cli/chat/repl.h"
#include "cli/chat/thinking_printer.h"
#include "cli/commands/commands.h"
#include "cli/terminal/escape.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

struct Options {
  SessionFlags session;
  std::optional<std::string> prompt;
  ReplOptions repl;
  bool as_json = false;
};

// Everything on standard input. Throws BadInput past what any context holds, Io where reading
// fails.
std::string piped_text() {
  constexpr std::size_t kBytesMax = std::size_t{64} << 20;
  std::string text;
  for (char buffer[65536]; std::cin.read(buffer, sizeof buffer), std::cin.gcount() > 0;) {
    text.append(buffer, static_cast<std::size_t>(std::cin.gcount()));
    if (text.size() > kBytesMax) {
      throw Error(
          ErrorCode::BadInput,
          format("standard input: found more than {}, expected a prompt", human_bytes(kBytesMax)));
    }
  }
  if (std::cin.bad()) throw Error(ErrorCode::Io, "standard input: cannot be read");
  return text;
}

// The prompt of the command line, then what is piped in.
std::optional<std::string> prompt_of(const Options& options) {
  if (::isatty(STDIN_FILENO) != 0) return options.prompt;
  std::string piped = piped_text();
  if (options.prompt) return piped.empty() ? *options.prompt : *options.prompt + "\n\n" + piped;
  if (!options.session.is_raw && piped.ends_with('\n')) piped.pop_back();
  return piped;
}

Json logprobs_json(const library::LoadedModel& model, const Answer& answer) {
  Json tokens = Json::array();
  const auto entry = [&](std::int32_t id, float logprob) {
    return Json{{"id", id}, {"token", model.tokenizer->piece(id)}, {"logprob", logprob}};
  };
  for (const engine::TokenEvent& event : answer.events) {
    Json token = entry(event.token, event.logprob);
    token["top_logprobs"] = Json::array();
    for (const auto& [id, logprob] : event.likeliest)
      token["top_logprobs"].push_back(entry(id, logprob));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

Json to_json(const Session& session, const Answer& answer, bool with_logprobs) {
  std::vector<std::int32_t> ids;
  for (const engine::TokenEvent& event : answer.events) ids.push_back(event.token);
  Json value = {{"model", session.model().source.name},
                {"text", answer.text},
                {"ids", ids},
                {"finish_reason", finish_reason_name(answer.reason)},
                {"prompt_tokens", answer.stats.prompt_tokens},
                {"new_tokens", answer.stats.new_tokens},
                {"load_seconds", session.model().load_seconds},
                {"prefill_seconds", answer.stats.prefill_seconds},
                {"decode_seconds", answer.stats.decode_seconds},
                {"passes", answer.stats.passes},
                {"drafted_tokens", answer.stats.drafted_tokens},
                {"accepted_tokens", answer.stats.accepted_tokens}};
  if (!answer.thinking.empty()) value["thinking"] = answer.thinking;
  if (with_logprobs) value["logprobs"] = logprobs_json(session.model(), answer);
  return value;
}

void answer_once(Session& session, const std::string& prompt, const Options& options) {
  const InterruptGuard interrupt;
  const bool to_terminal = ::isatty(STDOUT_FILENO) != 0;
  ThinkingPrinter printer(std::cout, options.repl.hides_thinking);
  const auto show = [&](AnswerPart part, std::string_view piece) {
    if (options.as_json) return;
    // A pipe gets the answer's exact bytes; a terminal must not be steered by them.
    if (to_terminal) {
      printer.show(part, piece);
    } else if (part == AnswerPart::Text) {
      std::cout << piece << std::flush;
    }
  };
  const Answer answer = session.answer(prompt, interrupt, show);
  printer.finish();
  if (options.as_json) {
    std::cout << json_text(to_json(session, answer, options.session.sampling.logprobs.has_value()))
              << '\n';
  } else {
    std::cout << '\n';
  }
  std::cout << std::flush;
  if (options.repl.is_verbose) std::cerr << rates(session.model(), answer.stats);
  const FormatFlags& form = options.session.format;
  if (answer.reason == engine::FinishReason::Length &&
      (form.format || form.grammar || form.regex)) {
    std::cerr << format(
        "bantam: note: --max-tokens cut the answer after {} tokens: its form may be incomplete\n",
        answer.stats.new_tokens);
  }
  try {
    check_complete(answer, session.engine());
  } catch (const Error& error) {
    if (!options.as_json) throw;
    // The one JSON value is out, with its finish_reason.
    std::cerr << "bantam: " << error.what() << '\n';
    throw CLI::RuntimeError(exit_code(error.code()));
  }
}

void run(const Options& options) {
  const std::optional<std::string> prompt = prompt_of(options);
  if (prompt && prompt->empty()) {
    throw Error(ErrorCode::BadInput,
                "the prompt is empty: give a text after MODEL or on standard input");
  }
  if (options.session.is_raw && !options.session.system.empty()) {
    throw Error(ErrorCode::BadInput, "--system has no meaning with --raw: give one of them");
  }
  if (options.session.is_raw && options.session.thinks) {
    throw Error(ErrorCode::BadInput,
                "--think and --no-think have no meaning with --raw: give one of them");
  }
  if (options.session.sampling.logprobs && !options.as_json) {
    throw Error(ErrorCode::BadInput, "--logprobs needs --json");
  }
  if (!prompt && options.as_json) {
    throw Error(ErrorCode::BadInput,
                "--json needs a prompt: give a text after MODEL or on standard input");
  }
  Session session(options.session);
  for (const std::string& warning : session.model().warnings) {
    std::cerr << "bantam: note: " << escaped_for_terminal(warning) << '\n';
  }
  if (prompt) {
    answer_once(session, *prompt, options);
  } else {
    chat(session, options.repl);
  }
}

}  // namespace

void add_run(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("run", "Answer a prompt, or chat where none is given");
  options->session.model.add_model(*command);
  command->add_option("PROMPT", options->prompt,
                      "The prompt, in quotes; text on standard input is added to it");
  command->add_option("--system", options->session.system,
                      "System message before the conversation");
  CLI::Option* think = command->add_flag_callback(
      "--think", [options] { options->session.thinks = true; },
      "Have the model think first, where its chat template has a switch for it");
  command
      ->add_flag_callback(
          "--no-think", [options] { options->session.thinks = false; },
          "Have the model answer without thinking, where its chat template has a switch for it")
      ->excludes(think);
  command->add_flag("--hidethinking", options->repl.hides_thinking,
                    "Do not show at the terminal what the model thinks; pipes get the answer "
                    "alone, --json has both");
  command->add_flag("--raw", options->session.is_raw,
                    "Continue the text as it is, without the chat template");
  command->add_flag("--special", options->session.parses_special,
                    "Let control strings in a text without a template be control tokens");
  command->add_flag("-v,--verbose", options->repl.is_verbose,
                    "Print load, prefill and decode rates, and how many guesses were right");
  command->add_flag("--history", options->repl.keeps_history,
                    "Keep what you type in ~/.local/state/bantam/history");
  command->add_flag("--json", options->as_json, "Print one JSON object with text, ids and timings");
  options->session.format.add(*command);
  options->session.sampling.add(*command);
  options->session.speculation.add(*command);
  options->session.model.add_execution(*command);
  command->footer(
      "\nExamples:\n"
      "  bantam run                                          chat with the built-in model\n"
      "  bantam run built-in \"What is the capital of France?\"\n"
      "  bantam run model.gguf --temperature 0 -n 100 \"Once upon a time\" --raw\n"
      "  bantam run model.gguf \"Summarize:\" < report.txt\n"
      "  bantam run model.gguf \"Name a city.\" --format '{\"properties\": {\"city\": {\"type\": "
      "\"string\"}}}'\n"
      "  bantam run model.gguf \"Is it raining?\" --regex \"(yes|no)\"");
  command->callback([options] { run(*options); });
}

}  // namespace bantam::cli
