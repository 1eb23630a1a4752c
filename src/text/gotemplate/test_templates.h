// Go templates, conversations and renderings for tests.
#pragma once

#include <optional>
#include <string>

#include "text/gotemplate/value.h"
#include "text/jinja/test_templates.h"

namespace bantam::gotemplate::test {

using jinja::test::Json;
using jinja::test::Outcome;

// A template on plain JSON as its dot, with nothing of Ollama's data.
Outcome render_snippet(const std::string& source, const Json& variables,
                       const jinja::Limits& limits = {});
// A conversation, as `bantam` renders it.
Outcome render_chat(const std::string& source, const Json& variables);

}  // namespace bantam::gotemplate::test
