// All drafters.
#pragma once

#include <memory>
#include <vector>

#include "engine/speculative/speculation.h"

namespace bantam::engine {

// Those that the options ask for; among equals the first is preferred.
std::vector<std::unique_ptr<Drafter>> make_drafters(const SpeculationOptions& options,
                                                    Executor& executor, std::int64_t sequences_max);

}  // namespace bantam::engine
