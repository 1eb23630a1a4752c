// bantam render: the exact prompt that a model gets for some messages.
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>

#include "base/error.h"
#include "base/format.h"
#include "base/mapped_file.h"
#include "cli/commands/commands.h"
#include "cli/terminal/escape.h"
#include "library/loaded_model.h"
#include "library/prompt.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

struct Options {
  std::string model;
  std::string prompt;
  std::string messages;
  std::string tools;
  std::string documents;
  std::string template_file;
  std::vector<std::string> variables;
  bool no_generation_prompt = false;
  bool continues_final = false;
  bool lists_tokens = false;
  bool as_json = false;
};

// A file's content, or standard input for "-".
Json read_json(const std::string& path, std::string_view option) {
  const std::string where = format("{}: {}", option, path);
  if (path == "-") {
    return parse_json(std::string(std::istreambuf_iterator<char>(std::cin), {}), where);
  }
  return parse_json(MappedFile{std::filesystem::path(path)}.text(), where);
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

Json messages_of(const Options& options) {
  if (!options.prompt.empty()) {
    if (options.messages.empty()) {
      return Json::array({{{"role", "user"}, {"content", options.prompt}}});
    }
    throw Error(ErrorCode::BadInput, "give either PROMPT or --messages, not both");
  }
  if (options.messages.empty()) return nullptr;
  Json messages = read_json(options.messages, "--messages");
  if (messages.is_object() && messages.contains("messages")) messages = Json(messages["messages"]);
  if (!messages.is_array()) {
    throw Error(ErrorCode::BadInput, format("--messages: {}: expected [{\"role\": …, \"content\": "
                                            "…}, …] or an object with \"messages\"",
                                            options.messages));
  }
  return messages;
}

Json list_of(const std::string& path, std::string_view option) {
  if (path.empty()) return nullptr;
  Json list = read_json(path, option);
  if (list.is_array()) return list;
  throw Error(ErrorCode::BadInput, format("{}: {}: expected a list, found {}", option, path,
                                          std::string_view(list.type_name())));
}

Json variables_of(const Options& options) {
  Json variables = {{"messages", messages_of(options)},
                    {"add_generation_prompt", !options.no_generation_prompt},
                    {"tools", list_of(options.tools, "--tools")},
                    {"documents", list_of(options.documents, "--documents")}};
  for (const std::string& assignment : options.variables) set_variable(variables, assignment);
  if (variables["messages"].is_null() && !variables.contains("suffix")) {
    throw Error(ErrorCode::BadInput, "nothing to render: give PROMPT or --messages FILE");
  }
  return variables;
}

// The template of a file, in the language that its name or else its content tells.
text::ChatTemplate template_of_file(const std::string& name, const text::Tokenizer& tokenizer) {
  const std::filesystem::path path(name);
  const MappedFile file(path);
  const std::string extension = path.extension().string();
  auto language = text::detect_language(file.text());
  if (extension == ".gotmpl" || extension == ".tmpl") language = text::TemplateLanguage::Go;
  if (extension == ".jinja" || extension == ".jinja2" || extension == ".j2") {
    language = text::TemplateLanguage::Jinja;
  }
  const bool is_go = language == text::TemplateLanguage::Go;
  std::cerr << escaped_line(name) << ": read as a " << (is_go ? "Go" : "Jinja") << " template\n";
  return library::make_chat_template(file.text(), tokenizer, language);
}

text::ChatTemplate template_of(const Options& options, const library::ModelSource& source,
                               const text::Tokenizer& tokenizer) {
  if (!options.template_file.empty()) return template_of_file(options.template_file, tokenizer);
  if (const auto found = library::load_template_source(source)) {
    return library::make_chat_template(*found, tokenizer);
  }
  throw Error(ErrorCode::Unsupported,
              format("{}: the model has no chat template; give one with --template", source.name));
}

Json to_json(const text::RenderedPrompt& prompt, const text::Tokenizer& tokenizer,
             const std::vector<text::TokenId>& ids) {
  Json pieces = Json::array();
  for (const text::TokenId id : ids) pieces.push_back(tokenizer.piece(id));
  Json spans = Json::array();
  for (const text::ByteSpan& span : prompt.user_spans) spans.push_back({span.begin, span.end});
  return {{"prompt", prompt.text}, {"ids", ids}, {"pieces", pieces}, {"user_spans", spans}};
}

void run(const Options& options) {
  const library::ModelSource source = library::resolve_model(options.model);
  const auto tokenizer = library::load_tokenizer(source);
  const text::ChatTemplate chat_template = template_of(options, source, *tokenizer);
  const text::RenderedPrompt prompt = chat_template.render(
      variables_of(options), {.add_generation_prompt = !options.no_generation_prompt,
                              .continue_final_message = options.continues_final,
                              .now = library::local_time()});
  const std::vector<text::TokenId> ids = library::encode_chat(*tokenizer, prompt);
  if (options.as_json) {
    std::cout << json_text(to_json(prompt, *tokenizer, ids)) << '\n';
    return;
  }
  if (options.lists_tokens) {
    for (const text::TokenId id : ids)
      std::cout << id << '\t' << escaped_line(tokenizer->piece(id)) << '\n';
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
  command->add_option("PROMPT", options->prompt, "A message of the user");
  command->add_option("--messages", options->messages,
                      "JSON file: a list of messages with role and content; - for standard input");
  command->add_option("--tools", options->tools, "JSON file: a list of tools");
  command->add_option("--documents", options->documents, "JSON file: a list of documents");
  command
      ->add_option("--set", options->variables,
                   "Template variable as NAME=VALUE, such as enable_thinking=false; may be given "
                   "several times")
      ->allow_extra_args(false);
  command->add_option("--template", options->template_file,
                      "File with the template to use: Jinja, or Go as in Ollama's Modelfiles");
  command->add_flag("--no-generation-prompt", options->no_generation_prompt,
                    "Without the beginning of the model's answer");
  command->add_flag("--continue", options->continues_final, "End inside of the last message");
  command->add_flag("--tokens", options->lists_tokens, "Print the prompt's tokens, one a line");
  command->add_flag(
      "--json", options->as_json,
      "Print prompt, token ids, pieces and the bytes that came from the user as JSON");
  command->footer(
      "\nExample: bantam render model.gguf --messages chat.json --set enable_thinking=false");
  command->callback([options] { run(*options); });
}

}  // namespace bantam::cli
