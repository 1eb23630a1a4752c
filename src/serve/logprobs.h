// Log-probabilities of tokens as the APIs report them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "engine/request.h"
#include "library/loaded_model.h"

namespace bantam::serve {

// [{token, logprob, bytes, top_logprobs: [{token, logprob, bytes}, …]}, …]
nlohmann::ordered_json token_logprobs(const library::LoadedModel& model,
                                      std::span<const engine::TokenEvent> tokens);

}  // namespace bantam::serve
