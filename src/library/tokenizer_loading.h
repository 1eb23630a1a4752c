// Builds the tokenizer and the chat template that come with a model.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/tensor_file.h"
#include "library/model_source.h"
#include "model/assumption.h"
#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace bantam::library {

// From GGUF's tokenizer.ggml.* keys; from a folder's tokenizer.json, else its tokenizer.model.
// Throws NotFound where there is none, and what the tokenizer readers throw. Does not touch the
// weights.
std::unique_ptr<const text::Tokenizer> load_tokenizer(const ModelSource& source);

// The template that the manifest of an installed model brings, in Go; null where the file's own is
// meant, as for models that Ollama renders with code of its own.
const std::string* installed_template(const ModelSource& source);

// The template's text: of an installed model that of its manifest; GGUF's
// tokenizer.chat_template; of a folder chat_template.jinja, else
// chat_template.json, else tokenizer_config.json. Nothing where there is none.
std::optional<std::string> load_template_source(const ModelSource& source);

// Parses it. Throws jinja::TemplateError.
text::ChatTemplate make_chat_template(
    std::string_view source, const text::Tokenizer& tokenizer,
    text::TemplateLanguage language = text::TemplateLanguage::Jinja);

// From a GGUF file that is open already.
std::unique_ptr<const text::Tokenizer> tokenizer_of(const formats::TensorFile& gguf);
std::optional<std::string> template_source_of(const formats::TensorFile& gguf);

// Adds how the file's texts are normalized where it does not say.
void add_text_assumptions(const formats::TensorFile& gguf,
                          std::vector<model::Assumption>& assumptions);

// Opens metadata alone and applies the overrides. The source is no folder.
formats::TensorFile open_header(const ModelSource& source);

}  // namespace bantam::library
