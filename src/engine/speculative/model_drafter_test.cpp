#include "engine/speculative/model_drafter.h"

#include <gtest/gtest.h>

#include "support/test_model.h"

namespace bantam::engine {
namespace {

TEST(ModelDrafter, GuessesNoMoreOfASequenceWhereItComputesNoNumbers) {
  ThreadPool pool(1);
  ModelDrafter drafter(test::damaged_model("llama2", "output.weight", 5), {.context_tokens = 64},
                       {.vocabulary_size = 512}, pool);
  const std::vector<std::int32_t> tokens = {3, 4, 6};
  const SamplingOptions sampling;
  std::vector<std::int32_t> draft;
  const DraftRequest request{
      .sequence = 1, .tokens = tokens, .sampling = &sampling, .count = 4, .draft = &draft};
  drafter.begin(1, 64);
  EXPECT_TRUE(drafter.kind(1, tokens));
  drafter.draft({&request, 1});
  EXPECT_TRUE(draft.empty());
  EXPECT_FALSE(drafter.kind(1, tokens));
  drafter.end(1);
  drafter.begin(2, 64);
  EXPECT_TRUE(drafter.kind(2, tokens)) << "another sequence may fare better";
}

}  // namespace
}  // namespace bantam::engine
