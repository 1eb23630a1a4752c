// What OpenAI's two ways to generate have in common in a request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/request.h"
#include "library/loaded_model.h"
#include "serve/fields.h"

namespace bantam::serve::openai {

struct Options {
  engine::SamplingOptions sampling;
  std::int64_t max_tokens = -1;
  std::int64_t count = 1;  // n
  std::vector<std::string> stops;
  bool is_streamed = false;
  bool includes_usage = false;
  bool ignores_end = false;
};

// Defaults are the model's own. Throws FieldError.
Options read_options(const Fields& request, const library::LoadedModel& model);

// One request an answer, with seeds that follow each other.
std::vector<engine::Request> engine_requests(const Options& options,
                                             const library::LoadedModel& model,
                                             std::vector<std::int32_t> prompt,
                                             std::optional<std::int64_t> logprobs);

}  // namespace bantam::serve::openai
