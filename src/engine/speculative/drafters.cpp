#include "engine/speculative/drafters.h"

#include "engine/speculative/model_drafter.h"
#include "engine/speculative/ngram_drafter.h"

namespace bantam::engine {

std::vector<std::unique_ptr<Drafter>> make_drafters(const SpeculationOptions& options,
                                                    Executor& executor,
                                                    std::int64_t sequences_max) {
  std::vector<std::unique_ptr<Drafter>> drafters;
  drafters.push_back(std::make_unique<NgramDrafter>(sequences_max));
  if (options.draft_model != nullptr) {
    const ModelDrafterOptions drafting{.sequences_max = sequences_max,
                                       .draft_max = options.draft_max,
                                       .vocabulary_size = executor.model().spec().vocabulary_size};
    drafters.push_back(std::make_unique<ModelDrafter>(options.draft_model, executor.options(),
                                                      drafting, executor.thread_pool()));
  }
  return drafters;
}

}  // namespace bantam::engine
