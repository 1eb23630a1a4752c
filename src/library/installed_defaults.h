// What the manifest of an installed model adds to the model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/sampling/sampler.h"
#include "store/store.h"
#include "text/chat_template.h"

namespace bantam::library {

// For whoever says nothing else. Empty for a model that is not installed.
struct InstalledDefaults {
  std::string system;                          // message before the conversation
  std::vector<text::ChatMessage> messages;     // that a conversation begins with
  std::vector<std::string> stop;               // strings that end an answer
  std::optional<std::int64_t> max_tokens;      // num_predict; none: no bound
  std::optional<std::int64_t> context_tokens;  // num_ctx
  std::optional<std::uint64_t> seed;
};

// Reads the parameters: those of sampling change `sampling`, those of memory and devices, which
// this program decides for itself, are passed over. A value that cannot be used is left out, with a
// warning. Any thread.
InstalledDefaults installed_defaults(const store::ModelParts& parts, std::int64_t vocabulary_size,
                                     engine::SamplingOptions& sampling,
                                     std::vector<std::string>& warnings);

}  // namespace bantam::library
