#include "cli/chat/repl_commands.h"

#include <charconv>
#include <iostream>

#include "base/error.h"
#include "base/format.h"
#include "cli/model_report.h"
#include "cli/terminal/escape.h"
#include "cli/terminal/table.h"

namespace bantam::cli {
namespace {

struct Call {
  Session& session;
  ReplOptions& options;
  std::string_view arguments;
};

struct ReplCommand {
  std::string_view name, arguments, help;
  void (*run)(const Call&);
};

std::string_view first_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ', end)));
  return word;
}

template <typename T>
T number(std::string_view name, std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  throw Error(ErrorCode::BadInput,
              format("/set {}: found {}, expected a number", name, quoted(text)));
}

struct Parameter {
  std::string_view name;
  void (*set)(SamplingFlags& flags, std::string_view name, std::string_view value);
};

constexpr Parameter kParameters[] = {
    {"temperature", [](SamplingFlags& f, std::string_view n,
                       std::string_view v) { f.temperature = number<float>(n, v); }},
    {"top_k", [](SamplingFlags& f, std::string_view n,
                 std::string_view v) { f.top_k = number<std::int64_t>(n, v); }},
    {"top_p", [](SamplingFlags& f, std::string_view n,
                 std::string_view v) { f.top_p = number<double>(n, v); }},
    {"min_p", [](SamplingFlags& f, std::string_view n,
                 std::string_view v) { f.min_p = number<double>(n, v); }},
    {"typical_p", [](SamplingFlags& f, std::string_view n,
                     std::string_view v) { f.typical_p = number<double>(n, v); }},
    {"repeat_penalty", [](SamplingFlags& f, std::string_view n,
                          std::string_view v) { f.repeat_penalty = number<float>(n, v); }},
    {"presence_penalty", [](SamplingFlags& f, std::string_view n,
                            std::string_view v) { f.presence_penalty = number<float>(n, v); }},
    {"frequency_penalty", [](SamplingFlags& f, std::string_view n,
                             std::string_view v) { f.frequency_penalty = number<float>(n, v); }},
    {"repeat_last_n", [](SamplingFlags& f, std::string_view n,
                         std::string_view v) { f.repeat_last_n = number<std::int64_t>(n, v); }},
    {"seed", [](SamplingFlags& f, std::string_view n,
                std::string_view v) { f.seed = number<std::uint64_t>(n, v); }},
    {"max_tokens", [](SamplingFlags& f, std::string_view n,
                      std::string_view v) { f.max_tokens = number<std::int64_t>(n, v); }},
    {"stop", [](SamplingFlags& f, std::string_view,
                std::string_view v) { f.stop.assign(1, std::string(v)); }},
};

std::string parameter_names() {
  std::string names;
  for (const Parameter& parameter : kParameters)
    names += (names.empty() ? "" : ", ") + std::string(parameter.name);
  return names;
}

void set(const Call& call) {
  std::string_view rest = call.arguments;
  const std::string_view name = first_word(rest);
  if (name == "system") {
    call.session.flags().system = rest;
  } else if (name == "verbose" || name == "quiet") {
    call.options.is_verbose = name == "verbose";
  } else {
    for (const Parameter& parameter : kParameters) {
      if (parameter.name != name) continue;
      SamplingFlags changed = call.session.flags().sampling;
      parameter.set(changed, name, rest);
      changed.request(call.session.model());  // throws for a value out of range
      call.session.flags().sampling = changed;
      return;
    }
    throw Error(ErrorCode::BadInput, format("/set: found {}, expected system, verbose, quiet, {}",
                                            quoted(name), parameter_names()));
  }
}

void show(const Call& call) {
  const Session& session = call.session;
  if (call.arguments == "system") {
    std::cout << escaped_for_terminal(call.session.flags().system) << '\n';
  } else if (call.arguments == "template") {
    const std::string& source = session.model().template_source;
    std::cout << (source.empty() ? "(none)" : escaped_for_terminal(source)) << '\n';
  } else if (call.arguments == "messages") {
    for (const text::ChatMessage& message : session.messages()) {
      std::cout << escaped_line(message.role) << ": " << escaped_for_terminal(message.content)
                << '\n';
    }
  } else if (call.arguments == "parameters") {
    const engine::SamplingOptions sampling =
        call.session.flags().sampling.request(session.model()).sampling;
    std::cout << "temperature " << sampling.temperature << "\ntop_k " << sampling.top_k
              << "\ntop_p " << sampling.top_p << "\nmin_p " << sampling.min_p << "\ntypical_p "
              << sampling.typical_p << "\nrepeat_penalty " << sampling.penalties.repeat
              << "\nmax_tokens " << call.session.flags().sampling.max_tokens << "\ncontext "
              << session.engine().context_tokens() << '\n';
  } else if (call.arguments.empty() || call.arguments == "info") {
    std::cout << model_report(session.model(), session.engine().executor().plan());
  } else {
    throw Error(ErrorCode::BadInput,
                format("/show: found {}, expected info, parameters, system, template "
                       "or messages",
                       quoted(call.arguments)));
  }
}

std::string needed(const Call& call, std::string_view command) {
  if (call.arguments.empty()) throw Error(ErrorCode::BadInput, format("{}: give a file", command));
  return std::string(call.arguments);
}

void help(const Call&);

constexpr ReplCommand kCommands[] = {
    {"/set", "NAME VALUE", "Set system, verbose, quiet, or a generation parameter", set},
    {"/show", "[WHAT]", "Show info, parameters, system, template or messages", show},
    {"/clear", "", "Forget the conversation", [](const Call& call) { call.session.clear(); }},
    {"/save", "FILE", "Write the conversation to a JSON file",
     [](const Call& call) { call.session.save(needed(call, "/save")); }},
    {"/load", "FILE", "Go on with a saved conversation, or load another model (file or folder)",
     [](const Call& call) {
       const std::string argument = needed(call, "/load");
       if (argument.ends_with(".json")) {
         call.session.load(argument);
       } else {
         call.session.load_model(argument);
       }
     }},
    {"/help", "", "Show this", help},
    {"/bye", "", "Leave; Ctrl-D does too", [](const Call&) {}},
};

void help(const Call&) {
  Table table({{"command"}, {"does"}});
  for (const ReplCommand& command : kCommands) {
    table.add_row({format("{} {}", command.name, command.arguments), std::string(command.help)});
  }
  std::cout << table.text() << "\nParameters of /set: " << parameter_names()
            << "\n\"\"\" begins and ends a message of several lines. Ctrl-C stops an answer.\n";
}

}  // namespace

bool run_command(Session& session, ReplOptions& options, std::string_view line) {
  std::string_view rest = line;
  const std::string_view name = first_word(rest);
  if (name == "/bye" || name == "/exit") return false;
  for (const ReplCommand& command : kCommands) {
    if (command.name != name && !(name == "/?" && command.name == "/help")) continue;
    command.run({session, options, rest});
    return true;
  }
  throw Error(ErrorCode::BadInput,
              format("unknown command {}; /help lists what there is", quoted(name)));
}

}  // namespace bantam::cli
