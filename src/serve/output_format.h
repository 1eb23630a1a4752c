// The form that a request demands of its answer.
#pragma once

#include <optional>

#include "library/structured_output.h"
#include "serve/fields.h"

namespace bantam::serve {

// Ollama's `format`: "json", or a JSON Schema. Throws FieldError.
std::optional<library::OutputFormat> read_ollama_format(const Fields& request);

// OpenAI's `response_format` (text, json_object, json_schema); `grammar` and `json_schema` as
// llama.cpp has them; `structured_outputs` as vLLM has it (json, regex, grammar, choice). Throws
// FieldError, also for more than one.
std::optional<library::OutputFormat> read_openai_format(const Fields& request);

}  // namespace bantam::serve
