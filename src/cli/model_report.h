// What `show` says about a model.
#pragma once

#include <string>

#include "engine/executor.h"
#include "library/loaded_model.h"

namespace bantam::cli {

// Architecture, sizes, tokenizer, template and predicted memory, as lines of text.
std::string model_report(const library::LoadedModel& model, const engine::ExecutionPlan& plan);

}  // namespace bantam::cli
