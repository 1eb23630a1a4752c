// A template of Ollama's: messages to a prompt, by a Go template.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "text/gotemplate/ast.h"
#include "text/jinja/runtime.h"

namespace bantam::gotemplate {

// What Ollama does with a Modelfile's TEMPLATE. One that names .Messages gets all of them at once;
// an older one, with .System, .Prompt and .Response, runs once a turn, and for the last turn ends
// where the answer begins. Immutable: any thread.
// Source: https://github.com/ollama/ollama, template/template.go, Template.Execute.
class OllamaTemplate {
 public:
  // Throws jinja::TemplateError{Syntax}.
  explicit OllamaTemplate(std::string_view source);

  // `variables`: messages and maybe tools and think (or enable_thinking); or prompt and suffix, for
  // code to be filled in. `end_mark` is put after the text of the last message. Throws
  // Error{BadInput} for other variables, and jinja::TemplateError.
  jinja::Text render(jinja::Runtime& runtime, const nlohmann::ordered_json& variables,
                     std::string_view end_mark = {}) const;

 private:
  TemplateAst ast_;
};

}  // namespace bantam::gotemplate
