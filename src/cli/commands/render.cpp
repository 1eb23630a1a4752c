// bantam render: the exact prompt that a model gets for some messages.
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/format.h"
#include "base/mapped_file.h"
#include "cli/commands/commands.h"
#include "cli/json.h"
#include "cli/terminal/escape.h"
#include "library/loaded_model.h"
#include "library/prompt.h"

namespace bantam::cli {
namespace {

struct Options {
  std::string model;
  std::string messages;
  std::string tools;
  std::vector<std::string> variables;
  bool no_generation_prompt = false;
  bool continues_final = false;
  bool as_json = false;
};

Json read_json(const std::string& path, std::string_view option) {
  const MappedFile file{std::filesystem::path(path)};
  return parse_json(file.text(), format("{}: {}", option, path));
}

// NAME=VALUE, where VALUE is JSON if it reads as such and else a text.
void set_variable(Json& variables, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(ErrorCode::BadInput, format("--set: found {}, expected NAME=VALUE",
                                            quoted(std::string_view(assignment))));
  }
  const std::string text = assignment.substr(equals + 1);
  Json& value = variables[assignment.substr(0, equals)];
  value = Json::accept(text) ? parse_json(text, assignment) : Json(text);
}

Json variables_of(const Options& options) {
  Json messages = read_json(options.messages, "--messages");
  if (messages.is_object() && messages.contains("messages")) messages = Json(messages["messages"]);
  if (!messages.is_array()) {
    throw Error(ErrorCode::BadInput, format("--messages: {}: expected [{\"role\": …, \"content\": "
                                            "…}, …] or an object with \"messages\"",
                                            options.messages));
  }
  Json variables = {{"messages", messages},
                    {"add_generation_prompt", !options.no_generation_prompt}};
  variables["tools"] = options.tools.empty() ? Json(nullptr) : read_json(options.tools, "--tools");
  variables["documents"] = nullptr;
  for (const std::string& assignment : options.variables) set_variable(variables, assignment);
  return variables;
}

void run(const Options& options) {
  const library::ModelSource source = library::resolve_model(options.model);
  const auto tokenizer = library::load_tokenizer(source);
  const auto template_source = library::load_template_source(source);
  if (!template_source) {
    throw Error(ErrorCode::Unsupported, format("{}: the model has no chat template", source.name));
  }
  const text::ChatTemplate chat_template =
      library::make_chat_template(*template_source, *tokenizer);
  const text::RenderedPrompt prompt = chat_template.render(
      variables_of(options), {.add_generation_prompt = !options.no_generation_prompt,
                              .continue_final_message = options.continues_final,
                              .now = library::local_time()});
  const std::vector<text::TokenId> ids = library::encode_chat(*tokenizer, prompt);
  if (options.as_json) {
    std::cout << json_text({{"prompt", prompt.text}, {"ids", ids}}) << '\n';
    return;
  }
  std::cout << (::isatty(STDOUT_FILENO) != 0 ? escaped_for_terminal(prompt.text) : prompt.text)
            << std::flush;
  std::cerr << (prompt.text.ends_with('\n') ? "" : "\n") << ids.size() << " tokens\n";
}

}  // namespace

void add_render(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("render", "Print the exact prompt made of chat messages");
  command
      ->add_option("MODEL", options->model,
                   "GGUF file or Hugging Face folder; built-in for the built-in model")
      ->required();
  command
      ->add_option("--messages", options->messages,
                   "JSON file: a list of messages with role and content")
      ->required();
  command->add_option("--tools", options->tools, "JSON file: a list of tools");
  command->add_option("--set", options->variables,
                      "Template variable as NAME=VALUE; may be given several times");
  command->add_flag("--no-generation-prompt", options->no_generation_prompt,
                    "Without the beginning of the model's answer");
  command->add_flag("--continue", options->continues_final, "End inside of the last message");
  command->add_flag("--json", options->as_json, "Print prompt and token ids as JSON");
  command->footer(
      "\nExample: bantam render model.gguf --messages chat.json --set enable_thinking=false");
  command->callback([options] { run(*options); });
}

}  // namespace bantam::cli
