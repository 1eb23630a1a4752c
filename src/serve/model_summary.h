// What a list of models says of each.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "library/model_source.h"

namespace bantam::serve {

struct ModelSummary {
  std::string format;          // "gguf" or "safetensors"
  std::string family;          // as the model's file calls its architecture
  std::string parameter_size;  // "1.2B"
  std::string quantization;    // "Q4_K_M", "F16"
  std::int64_t parameters = 0;
  std::int64_t bytes = 0;  // of its weights
  std::int64_t context_length = 0;
  std::int64_t embedding_length = 0;
  std::int64_t vocabulary_size = 0;
  std::chrono::system_clock::time_point modified_at;
  std::vector<std::string> capabilities;  // "completion", "tools", "thinking"
};

// Opens the model's files without reading the weights. Throws what Model throws. Any thread.
ModelSummary summarize(const library::ModelSource& source);

}  // namespace bantam::serve
