// Modelfiles: what a model is created of, as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/manifest.h"
#include "store/store.h"

namespace bantam::store {

// What a model is made of, of a Modelfile or of a request to create one.
struct Recipe {
  std::string from;  // an installed model's name, a GGUF file or a folder; or instead of it
  // the blobs of a GGUF file, or of the files of a folder, with their names.
  std::vector<std::pair<std::string, Digest>> files;
  std::optional<std::string> chat_template;  // Go
  std::optional<std::string> system;
  std::vector<std::string> licenses;
  Parameters parameters;
  std::vector<StoredMessage> messages;
  std::string requires_version;
  std::string quantize;               // a type of weights, or empty: as they are
  std::vector<std::string> warnings;  // of what was passed over, a sentence each
};

inline constexpr std::uint64_t kModelfileBytesMax = std::uint64_t{16} << 20;

// Reads Ollama's syntax: an instruction a line, in any case; '#' begins a comment; a value in "…"
// or
// """…""" may have line breaks. Throws BadInput with the line, and Unsupported for ADAPTER, DRAFT,
// RENDERER and PARSER, which this program does not apply.
Recipe parse_modelfile(std::string_view text, std::string_view file);

// A parameter's value from text. Throws BadInput for a name that there is not or a value that is
// none of its kind; `where` is put in front. Gives nothing for names that no longer mean anything.
std::optional<ParameterValue> parse_parameter(std::string_view name, std::string_view value,
                                              std::string_view where);
// Adds it: what may stand several times, such as stop, is collected; others are replaced.
void add_parameter(Parameters& parameters, const std::string& name, ParameterValue value);

// A Modelfile that creates the model again. FROM names the blob; the way to name the model instead
// stands in a comment.
std::string modelfile_of(const ModelParts& parts);
// One "name value" a line, texts in quotes.
std::string parameters_text(const Parameters& parameters);

}  // namespace bantam::store
