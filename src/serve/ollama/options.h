// The `options`, `keep_alive` and `stream` of Ollama's requests.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/request.h"
#include "library/loaded_model.h"
#include "serve/fields.h"

namespace bantam::serve::ollama {

struct Options {
  engine::SamplingOptions sampling;
  std::int64_t max_tokens = -1;  // num_predict
  std::int64_t kept_tokens = 4;  // num_keep
  std::int64_t context_max = 0;  // num_ctx; 0: the model's
  std::vector<std::string> stops;
  std::vector<std::string> ignored;  // names that this server does not know or has no use for
};

// Ollama's defaults where a request has none, and a random seed. Throws FieldError.
Options read_options(const Fields& request, const library::LoadedModel& model);

// Of a request, in seconds: nothing for one that does not say, and negative for ever. Throws
// FieldError.
std::optional<std::chrono::seconds> read_keep_alive(const Fields& request);

// The model that a request names; `name` is the older word for `model`. Throws FieldError.
std::string model_name(const Fields& request);

// A request for the engine, without a prompt.
engine::Request engine_request(const Options& options, const library::LoadedModel& model);

}  // namespace bantam::serve::ollama
