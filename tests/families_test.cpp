// The network of each family against the reference implementation, from every file format.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "engine/executor.h"
#include "formats/gguf_reader.h"
#include "formats/hf/model_folder.h"
#include "support/paths.h"
#include "support/safetensors.h"
#include "support/temporary_folder.h"

namespace bantam {
namespace {

namespace fs = std::filesystem;

enum class Source { Folder, FolderWithOldConfig, Gguf };

struct Case {
  std::string family;
  Source source;
};

// A copy of a family's folder whose config.json has the keys of Transformers 4.
test::TemporaryFolder folder_with_old_config(const fs::path& folder) {
  test::TemporaryFolder copy;
  fs::copy_file(folder / "config.v4.json", copy.path() / "config.json");
  fs::copy_file(folder / "model.safetensors", copy.path() / "model.safetensors");
  return copy;
}

std::shared_ptr<const model::Model> open(const Case& wanted) {
  const fs::path folder = test::fixture("families") / wanted.family;
  switch (wanted.source) {
    case Source::Folder:
      return std::make_shared<model::Model>(formats::open_hugging_face(folder));
    case Source::FolderWithOldConfig: {
      const test::TemporaryFolder copy = folder_with_old_config(folder);
      return std::make_shared<model::Model>(formats::open_hugging_face(copy.path()));
    }
    case Source::Gguf:
      return std::make_shared<model::Model>(formats::open_gguf(folder / "model.gguf"));
  }
  return nullptr;
}

std::vector<float> logits_of(const std::shared_ptr<const model::Model>& model,
                             const std::vector<std::int32_t>& ids, std::int64_t batch, int threads,
                             const model::HiddenObserver* observer = nullptr) {
  const auto count = static_cast<std::int64_t>(ids.size());
  engine::Executor executor(model, {.threads = threads,
                                    .context_tokens = count,
                                    .batch_tokens = batch,
                                    .output_rows = batch,
                                    .key_type = DType::F32,
                                    .value_type = DType::F32});
  std::vector<std::int32_t> positions(ids.size()),
      blocks(static_cast<std::size_t>(model::blocks_for(count)));
  std::iota(positions.begin(), positions.end(), 0);
  std::iota(blocks.rbegin(), blocks.rend(), 0);  // any order of blocks will do
  std::vector<float> all;
  for (std::int64_t first = 0; first < count; first += batch) {
    const auto rows = static_cast<std::size_t>(std::min(batch, count - first));
    const auto offset = static_cast<std::size_t>(first);
    const backend::SequenceSlice slice{.first_row = 0,
                                       .row_count = static_cast<std::int64_t>(rows),
                                       .first_position = first,
                                       .blocks = blocks};
    const Tensor logits = executor.run({.tokens = std::span(ids).subspan(offset, rows),
                                        .positions = std::span(positions).subspan(offset, rows),
                                        .slices = {&slice, 1},
                                        .output_rows = std::span(positions).first(rows)},
                                       observer);
    all.insert(all.end(), logits.floats(), logits.floats() + logits.shape.element_count());
  }
  return all;
}

double largest(const std::vector<float>& values) {
  double result = 0;
  for (const float value : values) result = std::max(result, std::abs(static_cast<double>(value)));
  return result;
}

double difference(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return INFINITY;
  double result = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    result = std::max(result, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return result;
}

// Relative to the largest logit; eight times what float32 differs from float64 in the reference
// itself.
constexpr double kTolerance = 2e-5;

class Family : public testing::TestWithParam<Case> {
 protected:
  Family()
      : reference_(test::fixture("families") / GetParam().family / "reference.safetensors"),
        expected_(reference_.floats("logits")),
        model_(open(GetParam())) {
    for (const std::int64_t id : reference_.integers("input_ids"))
      ids_.push_back(static_cast<std::int32_t>(id));
  }

  test::Safetensors reference_;
  std::vector<float> expected_;
  std::vector<std::int32_t> ids_;
  std::shared_ptr<const model::Model> model_;
};

TEST_P(Family, ComputesTheReferenceLogits) {
  for (const std::int64_t batch : {48, 7, 1}) {
    const std::vector<float> logits = logits_of(model_, ids_, batch, 1);
    EXPECT_LE(difference(logits, expected_), kTolerance * largest(expected_))
        << "passes of " << batch;
  }
}

TEST_P(Family, IsBitIdenticalOverThreadsAndPasses) {
  const std::vector<float> one = logits_of(model_, ids_, 48, 1);
  for (const int threads : {2, 3}) EXPECT_EQ(logits_of(model_, ids_, 48, threads), one);
  for (const std::int64_t batch : {1, 7, 32}) EXPECT_EQ(logits_of(model_, ids_, batch, 2), one);
}

TEST_P(Family, ComputesTheReferenceStateOfEveryLayer) {
  std::size_t stages = 0;
  const auto compare = [&](std::int64_t stage, const Tensor& hidden) {
    const bool is_last = stage == static_cast<std::int64_t>(model_->spec().layers.size()) + 1;
    const std::string name = is_last ? "final_norm" : "hidden_" + std::to_string(stage);
    const std::vector<float> wanted = reference_.floats(name);
    const std::vector<float> got(hidden.floats(), hidden.floats() + hidden.shape.element_count());
    EXPECT_LE(difference(got, wanted), kTolerance * largest(wanted)) << name;
    ++stages;
  };
  const model::HiddenObserver observer(compare);
  logits_of(model_, ids_, 48, 1, &observer);
  EXPECT_EQ(stages, model_->spec().layers.size() + 2);
}

TEST_P(Family, ContinuesWithTheReferenceIds) {
  const std::vector<std::int64_t> greedy = reference_.integers("greedy_ids");
  std::vector<std::int32_t> ids = ids_;
  const auto vocabulary = static_cast<std::ptrdiff_t>(model_->spec().vocabulary_size);
  for (const std::int64_t expected : greedy) {
    const std::vector<float> logits = logits_of(model_, ids, 48, 1);
    const auto last = logits.end() - vocabulary;
    const auto next = static_cast<std::int32_t>(std::max_element(last, logits.end()) - last);
    ASSERT_EQ(next, expected);
    ids.push_back(next);
  }
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const char* family : {"llama2", "llama3", "llama3-tied", "smollm2"}) {
    for (const Source source : {Source::Folder, Source::FolderWithOldConfig, Source::Gguf}) {
      cases.push_back({family, source});
    }
  }
  return cases;
}

std::string case_name(const testing::TestParamInfo<Case>& info) {
  static constexpr const char* kSources[] = {"Folder", "FolderWithOldConfig", "Gguf"};
  std::string name = info.param.family + kSources[static_cast<int>(info.param.source)];
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Family, testing::ValuesIn(all_cases()), case_name);

}  // namespace
}  // namespace bantam
