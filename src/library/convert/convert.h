// Models from one format to the other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "library/model_source.h"
#include "model/conversion/tensor_plan.h"

namespace bantam::library {

struct ConvertOptions {
  model::WeightType type = model::WeightType::AsStored;
  bool replaces = false;  // what is under the target's name already
  // Called between chunks with the bytes written so far and those of all tensors.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress = {};
};

struct ConvertReport {
  std::string family;
  std::size_t tensor_count = 0;
  std::uint64_t data_bytes = 0;
  std::vector<std::string> notes;     // what a user should know, a sentence each
  std::vector<std::string> warnings;  // where the target computes something else
};

// Writes a Hugging Face folder as a GGUF file, or a GGUF file (or the built-in model) as a folder
// of config.json, model.safetensors and the tokenizer's files: names, order of rows, metadata and
// vocabulary as llama.cpp's converter and Transformers have them. Holds the source as a loaded
// model has it, and a few tensors.
// The target has its name only when it is complete. Throws BadInput for a target that is there,
// and for one of the other kind or of the source's own files even where it may be replaced;
// Unsupported for a family that the other format does not know, and what the readers throw.
ConvertReport convert(const ModelSource& source, const std::filesystem::path& target,
                      const ConvertOptions& options);

}  // namespace bantam::library
