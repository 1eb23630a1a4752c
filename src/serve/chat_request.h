// What a request for a chat says besides its messages: tools, and whether to think.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "serve/fields.h"
#include "serve/model_registry.h"
#include "text/replies/tool.h"

namespace bantam::serve {

// Puts `tools` into a template's variables and returns them. None where `tool_choice` is none.
// Throws FieldError, also for a model that knows no tools, and for a choice that demands a call.
std::vector<replies::Tool> put_tools(const Fields& request, const ServedModel& model,
                                     nlohmann::ordered_json& variables);

// Puts Ollama's `think` (true, false, or how hard as a text) into a template's variables. Throws
// BadInput for a model that does not think where it shall.
void put_think(const Fields& request, const ServedModel& model, nlohmann::ordered_json& variables);

}  // namespace bantam::serve
