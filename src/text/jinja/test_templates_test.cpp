// What jinja/test_templates.h declares; in the test program only, hence the name.
#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "support/paths.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/json_values.h"
#include "text/jinja/parser.h"
#include "text/jinja/test_templates.h"

namespace bantam::jinja::test {
namespace {

constexpr const char* kIndex = "chat-templates/ollama/index.json";

// The chat_template of a tokenizer's configuration.
std::string template_of(const std::filesystem::path& path) {
  const std::string content = read_text(path);
  if (path.extension() != ".json") return content;
  const Json config = Json::parse(content);
  const Json& source = config.at("chat_template");
  return source.is_array() ? source.at(0).at("template").get<std::string>()
                           : source.get<std::string>();
}

}  // namespace

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<Json> read_json_lines(const std::filesystem::path& path) {
  std::vector<Json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
  return lines;
}

std::vector<NamedTemplate> own_templates() {
  std::vector<NamedTemplate> templates;
  for (const char* name : {"chatml", "turns", "tools"}) {
    const std::string file = std::string("templates/own/") + name + ".jinja";
    templates.push_back({name, read_text(bantam::test::fixture(file))});
  }
  return templates;
}

std::vector<NamedTemplate> shared_templates() {
  const auto data = bantam::test::shared("data");
  const auto list = bantam::test::shared("reference/templates/templates.json");
  if (!std::filesystem::exists(list) || !std::filesystem::exists(data / kIndex)) return {};
  const Json templates = Json::parse(read_text(list)).at("templates");
  std::vector<NamedTemplate> result;
  std::set<std::string> seen;
  std::vector<std::string> from_index;
  for (const auto& [name, entry] : templates.items()) {
    const std::string path = entry.at("paths").at(0);
    if (path == kIndex) {
      from_index.push_back(name);
    } else {
      result.push_back({name, template_of(data / path)});
      seen.insert(result.back().source);
    }
  }
  // The index has many templates; those not seen elsewhere are listed in its order.
  std::size_t next = 0;
  for (const Json& entry : Json::parse(read_text(data / kIndex))) {
    const std::string source = entry.at("template");
    if (seen.insert(source).second && next < from_index.size()) {
      result.push_back({from_index[next++], source});
    }
  }
  return result;
}

Outcome render_case(const std::string& source, const Json& chat_case) {
  Outcome outcome;
  try {
    Json variables = chat_case.at("variables");
    text::ChatTemplate::SpecialTokens tokens;
    for (const char* name : {"bos_token", "eos_token"}) {
      if (!variables.contains(name)) continue;
      tokens.emplace_back(name, variables[name].get<std::string>());
      variables.erase(name);
    }
    text::ChatTemplateOptions options;
    options.now = kReferenceTime;
    options.continue_final_message = chat_case.at("continue_final_message").get<bool>();
    options.add_generation_prompt = false;  // unless the variables say otherwise
    outcome.prompt = text::ChatTemplate(source, tokens).render(variables, options);
  } catch (const TemplateError& error) {
    outcome.fault = error.fault();
    outcome.message = error.what();
  } catch (const Error& error) {
    outcome.message = error.what();
  }
  return outcome;
}

Outcome render_snippet(const std::string& source, const Json& variables, Limits limits) {
  Outcome outcome;
  try {
    const TemplateAst ast = parse_template(source);
    Runtime runtime(limits);
    runtime.now = kReferenceTime;
    Interpreter interpreter(ast, runtime);
    for (const auto& [name, value] : variables.items()) {
      interpreter.define(name, from_json(runtime, value, Origin::User));
    }
    Text text = interpreter.run();
    outcome.prompt = text::RenderedPrompt{std::move(text.bytes), std::move(text.user)};
  } catch (const TemplateError& error) {
    outcome.fault = error.fault();
    outcome.message = error.what();
  }
  return outcome;
}

std::string difference(const Outcome& outcome, const Json& reference) {
  const std::string got =
      outcome.prompt ? Json(outcome.prompt->text).dump() : "error " + outcome.message;
  if (reference.contains("text")) {
    const bool same =
        outcome.prompt && outcome.prompt->text == reference["text"].get<std::string>();
    return same ? "" : got + "\ninstead of\n" + reference["text"].dump();
  }
  const std::string wanted = reference.at("error");
  if (outcome.prompt) return got + "\ninstead of the error\n" + wanted;
  if (reference.at("class") != "raise_exception") return "";
  const bool same = outcome.fault == Fault::Raised && outcome.message == wanted;
  return same ? "" : got + "\ninstead of the message\n" + wanted;
}

}  // namespace bantam::jinja::test
