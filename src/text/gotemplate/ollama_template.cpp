#include "text/gotemplate/ollama_template.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/format.h"
#include "text/gotemplate/interpreter.h"
#include "text/gotemplate/json_values.h"
#include "text/gotemplate/ollama_data.h"
#include "text/gotemplate/parser.h"

namespace bantam::gotemplate {
namespace {

using jinja::Runtime;
using jinja::TextBuilder;
using Json = nlohmann::ordered_json;

constexpr std::string_view kVariables[] = {"messages", "tools",  "think",
                                           "prompt",   "suffix", "enable_thinking"};

// What other templates may take stands here with a null.
void check_variables(const Json& variables) {
  for (const auto& [name, value] : variables.items()) {
    const bool is_known =
        std::find(std::begin(kVariables), std::end(kVariables), name) != std::end(kVariables);
    if (is_known || value.is_null() || name == "add_generation_prompt") continue;
    throw Error(ErrorCode::BadInput,
                format("{}: a Go template has no such variable; it takes messages, tools, think, "
                       "and prompt with suffix",
                       quoted(std::string_view(name))));
  }
}

Thinking thinking_of(const Json& variables) {
  for (const char* name : {"think", "enable_thinking"}) {
    const Json& value = member(variables, name, "variables");
    if (!value.is_null()) return read_thinking(value, name);
  }
  return {};
}

// A turn of an older template.
struct Turn {
  Text system;
  Text prompt;
  Text response;

  Value value(Runtime& runtime, const Thinking& thinking) const {
    return root_value(runtime,
                      {{"System", text_value(system)},
                       {"Prompt", text_value(prompt)},
                       {"Response", text_value(response)}},
                      thinking);
  }
};

// Runs once for each turn; a new one begins where a role comes again.
void render_turns(const TemplateAst& ast, Runtime& runtime, TextBuilder& out,
                  const std::vector<Message>& messages, const Thinking& thinking) {
  Interpreter interpreter(ast, runtime, out);
  Turn turn;
  const auto finish = [&] {
    interpreter.run(turn.value(runtime, thinking));
    turn = {};
  };
  for (const Message& message : messages) {
    if (message.role == "system") {
      if (!turn.prompt.bytes.empty() || !turn.response.bytes.empty()) finish();
      turn.system = message.content;
    } else if (message.role == "user") {
      if (!turn.response.bytes.empty()) finish();
      turn.prompt = message.content;
    } else if (message.role == "assistant") {
      turn.response = message.content;
    }
  }
  interpreter.run(turn.value(runtime, thinking), ast.response_action);
}

// {{ .Response }}
Statement response_statement(std::size_t order) {
  Action action;
  action.pipeline.commands.emplace_back();
  action.pipeline.commands.back().push_back({1, FieldsOfDot{}, {"Response"}});
  return {1, order, std::move(action)};
}

}  // namespace

OllamaTemplate::OllamaTemplate(std::string_view source) : ast_(parse_template(source)) {
  if (ast_.names_messages || ast_.names_response) return;
  ast_.main.body.push_back(response_statement(ast_.statement_count));
  ast_.response_action = ast_.statement_count;
}

Text OllamaTemplate::render(Runtime& runtime, const Json& variables,
                            std::string_view end_mark) const {
  check_variables(variables);
  const Thinking thinking = thinking_of(variables);
  TextBuilder out(runtime);
  const Value suffix = text_member(runtime, variables, "suffix", "variables");
  const Value prompt = text_member(runtime, variables, "prompt", "variables");
  if (is_true(suffix) != is_true(prompt)) {
    throw Error(ErrorCode::BadInput, "prompt and suffix: expected both or neither");
  }
  if (is_true(suffix)) {
    const Entries entries = {{"Prompt", prompt}, {"Suffix", suffix}, {"Response", text_value("")}};
    Interpreter(ast_, runtime, out).run(root_value(runtime, entries, thinking));
    return out.take();
  }
  std::vector<Message> given = read_messages(runtime, variables.at("messages"));
  if (!given.empty()) given.back().content.append(end_mark, Origin::User);
  const std::vector<Message> messages = collate(given);
  if (!ast_.names_messages) {
    render_turns(ast_, runtime, out, messages, thinking);
    return out.take();
  }
  const Entries entries = {{"System", text_value(system_text(given))},
                           {"Messages", messages_value(runtime, messages)},
                           {"Tools", tools_value(runtime, member(variables, "tools", "variables"))},
                           {"Response", text_value("")}};
  Interpreter(ast_, runtime, out).run(root_value(runtime, entries, thinking));
  return out.take();
}

}  // namespace bantam::gotemplate
