// The tokenizer of a folder as GGUF keys.
#pragma once

#include <cstdint>
#include <filesystem>

#include "formats/metadata.h"
#include "formats/tensor_file.h"
#include "model/conversion/gguf_form.h"

namespace bantam::library {

// Sets tokenizer.* in `out` from the folder's tokenizer.model, or else its tokenizer.json, with
// what tokenizer_config.json, config.json and the chat template's file say. `rows` is the size of
// the vocabulary that the model has; ids without a token become unused ones. Throws NotFound where
// there is no tokenizer, Unsupported for one that GGUF cannot describe, BadFile for one with more
// tokens than `rows`.
void add_tokenizer_keys(const std::filesystem::path& folder, const formats::Metadata& config,
                        const model::GgufForm& form, std::int64_t rows, formats::Metadata& out);

}  // namespace bantam::library
