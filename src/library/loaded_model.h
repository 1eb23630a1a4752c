// Everything that a command or server needs of one model.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/sampling/sampler.h"
#include "library/installed_defaults.h"
#include "library/model_source.h"
#include "library/tokenizer_loading.h"
#include "model/model.h"

namespace bantam::library {

// Immutable after loading.
struct LoadedModel {
  ModelSource source;
  std::shared_ptr<const model::Model> model;
  std::unique_ptr<const text::Tokenizer> tokenizer;
  std::optional<text::ChatTemplate> chat_template;  // none: the model continues text
  std::string template_source;                      // what it was made of
  std::string template_fault;                  // why there is none although the model has a source
  engine::SamplingOptions defaults;            // the model's own, where its files state any
  std::vector<std::int32_t> end_ids;           // tokens that end an answer
  InstalledDefaults installed;                 // what its manifest adds to the model
  std::vector<std::string> warnings;           // things a user should know, a sentence each
  std::vector<model::Assumption> assumptions;  // about what the files leave open
  double load_seconds = 0;
};

// Memory of a tokenizer with so many tokens, measured over vocabularies of 32,000 to 128,000.
constexpr std::int64_t tokenizer_bytes(std::int64_t tokens) { return 310 * tokens; }

// Loads weights, tokenizer and chat template; see Model, the tokenizers and ChatTemplate for the
// errors.
LoadedModel load_model(const ModelSource& source);

}  // namespace bantam::library
