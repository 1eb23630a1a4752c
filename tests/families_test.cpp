// The network of each family against the reference implementation, from every file format.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "engine/single_sequence.h"
#include "family_features.h"
#include "family_paths.h"
#include "formats/gguf_reader.h"
#include "formats/hf/model_folder.h"
#include "support/paths.h"
#include "support/safetensors.h"
#include "support/temporary_folder.h"

namespace bantam {
namespace {

namespace fs = std::filesystem;

enum class Source { Folder, FolderWithOldConfig, Gguf };

// What a GGUF file cannot state: a key that supplies it.
struct Lack {
  std::string_view key;
  formats::MetadataValue value;
};

struct Reference {
  std::string name;
  double float_noise = 2.5e-6;  // difference of float32 and float64 in the reference itself
  std::optional<Lack> lack = {};
};

const std::vector<Reference>& references() {
  static const std::vector<Reference> all{
      {"llama2"},
      {"llama3"},
      {"llama3-tied"},
      {"llama3-bias"},
      {"mobilellm"},
      {"mobilellm-ls"},
      {"smollm2"},
      {"smollm3"},
      {"mistral", 2.5e-6, Lack{"llama.attention.sliding_window", std::uint64_t{16}}},
      {"mistral-no-window"},
      {"mixtral"},
      {"phi2"},
      {"phi3"},
      {"phi3-gqa"},
      {"phi4"},
      {"phi3-longrope"},
      {"phi3-longrope-short"},
      {"phi4-mini"},
      {"phi3small", 2.7e-6},
      {"gemma"},
      {"gemma2"},
      {"gemma2-27b", 2.5e-6, Lack{"gemma2.attention.scale", 1 / std::sqrt(24.0)}},
      {"gemma3"},
      {"gemma3-linear-rope"},
      {"qwen2"},
      {"qwen2-tied"},
      {"qwen2-yarn"},
      {"qwen3"},
      {"qwen3-tied"},
      {"qwen3moe"},
      {"deepseek2"},
      {"deepseek3"},
      {"gpt2"},
      {"olmo2"},
      {"granite"},
      {"stablelm"},
      {"stablelm-12b"},
      {"starcoder2", 2.5e-6, Lack{"starcoder2.attention.sliding_window", std::uint64_t{16}}},
      {"more/olmoe"},
      {"more/gpt_oss"},
      {"more/granitemoe"},
      {"more/granite_swa"},
      {"more/exaone4"},
      {"more/exaone4-1b"},
      {"more/glm4"},
      {"more/ernie4_5"},
      {"more/hunyuan_v1_dense"},
      {"more/minicpm3"},
      {"more/nemotron"},
      {"more/bitnet"},
      {"more/arcee"},
      {"more/apertus"},
      {"more/ministral3"},
      {"more/olmo3"},
      {"more/cohere2"},
      {"more/lfm2"},
      {"more/lfm2_moe"},
      {"more/lfm3", 3.1e-6},
      {"more/granitemoehybrid", 7.4e-6},
      {"more/falcon_h1"},
      {"more/qwen3_5", 5.1e-6},
      {"more/gemma4", 9.0e-6},
      {"more/gemma3n", 3.1e-6},
  };
  return all;
}

const Reference& reference_of(const std::string& family) {
  return *std::ranges::find(references(), family, &Reference::name);
}

struct Case {
  std::string family;
  Source source;
};

const char* file_of(Source source) {
  constexpr const char* kFiles[] = {"config.json", "config.v4.json", "model.gguf"};
  return kFiles[static_cast<int>(source)];
}

// A copy of a family's folder whose config.json has the keys of Transformers 4.
test::TemporaryFolder folder_with_old_config(const fs::path& folder) {
  test::TemporaryFolder copy;
  fs::copy_file(folder / "config.v4.json", copy.path() / "config.json");
  fs::copy_file(folder / "model.safetensors", copy.path() / "model.safetensors");
  return copy;
}

formats::TensorFile open(const Case& wanted) {
  const fs::path folder = test::reference_path(wanted.family, file_of(wanted.source));
  switch (wanted.source) {
    case Source::Folder:
      break;
    case Source::FolderWithOldConfig: {
      const test::TemporaryFolder copy = folder_with_old_config(folder);
      return formats::open_hugging_face(copy.path());
    }
    case Source::Gguf:
      return formats::open_gguf(folder / "model.gguf");
  }
  return formats::open_hugging_face(folder);
}

std::shared_ptr<const model::Model> load(const Case& wanted) {
  return std::make_shared<model::Model>(open(wanted));
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
                                    .value_type = DType::F32,
                                    .exact_bf16 = true});
  engine::SingleSequence sequence(executor, count);
  std::vector<std::int32_t> every_row(ids.size());
  std::iota(every_row.begin(), every_row.end(), 0);
  std::vector<float> all;
  for (std::int64_t first = 0; first < count; first += batch) {
    const auto rows = static_cast<std::size_t>(std::min(batch, count - first));
    const Tensor logits =
        sequence.run(std::span(ids).subspan(static_cast<std::size_t>(first), rows), first,
                     std::span(every_row).first(rows), observer);
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

std::vector<std::int32_t> input_ids(const test::Safetensors& stored) {
  std::vector<std::int32_t> ids;
  for (const std::int64_t id : stored.integers("input_ids")) {
    ids.push_back(static_cast<std::int32_t>(id));
  }
  return ids;
}

// Relative to the largest logit: eight times what float32 differs from float64 in the reference
// itself. Wider bounds could not tell the kinds of GELU apart.
double tolerance(const Reference& reference) { return std::max(2e-5, 8 * reference.float_noise); }

class Family : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const fs::path folder = test::reference_path(GetParam().family, file_of(GetParam().source));
    if (folder.empty()) {
      BANTAM_SKIP_WITHOUT(
          (fs::path("reference/families") / GetParam().family / file_of(GetParam().source))
              .string());
    }
    stored_.emplace(folder / "reference.safetensors");
    // A GGUF file that lacks something computes something else.
    prefix_ = GetParam().source == Source::Gguf && reference().lack ? "gguf_" : "";
    expected_ = stored_->floats(prefix_ + "logits");
    ids_ = input_ids(*stored_);
    model_ = load(GetParam());
  }

  const Reference& reference() const { return reference_of(GetParam().family); }
  double bound(const std::vector<float>& values) const {
    return tolerance(reference()) * largest(values);
  }

  std::optional<test::Safetensors> stored_;
  std::string prefix_;
  std::vector<float> expected_;
  std::vector<std::int32_t> ids_;
  std::shared_ptr<const model::Model> model_;
};

TEST_P(Family, ComputesTheReferenceLogits) {
  for (const std::int64_t batch : {48, 7, 1}) {
    const std::vector<float> logits = logits_of(model_, ids_, batch, 1);
    EXPECT_LE(difference(logits, expected_), bound(expected_)) << "passes of " << batch;
  }
}

TEST_P(Family, UsesEveryTensor) { EXPECT_EQ(model_->unused_tensors(), std::vector<std::string>()); }

// What depends on the network alone and not on where it was read from.
class FamilyOfFolder : public Family {};

TEST_P(FamilyOfFolder, IsBitIdenticalOverThreadsAndPasses) {
  const std::vector<float> one = logits_of(model_, ids_, 48, 1);
  for (const int threads : {2, 3}) EXPECT_EQ(logits_of(model_, ids_, 48, threads), one);
  for (const std::int64_t batch : {1, 7, 32}) EXPECT_EQ(logits_of(model_, ids_, batch, 2), one);
}

// A pass that only fills the cache may leave out layers.
TEST_P(FamilyOfFolder, IsBitIdenticalAfterAPassWithoutLogits) {
  const std::vector<float> all = logits_of(model_, ids_, 48, 1);
  engine::Executor executor(model_, {.threads = 1,
                                     .context_tokens = 48,
                                     .batch_tokens = 40,
                                     .output_rows = 8,
                                     .key_type = DType::F32,
                                     .value_type = DType::F32,
                                     .exact_bf16 = true});
  engine::SingleSequence sequence(executor, 48);
  sequence.run(std::span(ids_).first(40), 0, {});
  const Tensor last = sequence.run(std::span(ids_).subspan(40), 40,
                                   std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 6, 7});
  const std::vector<float> got(last.floats(), last.floats() + last.shape.element_count());
  EXPECT_EQ(got, std::vector<float>(all.end() - std::ssize(got), all.end()));
}

TEST_P(Family, ComputesTheReferenceStateOfEveryLayer) {
  if (!prefix_.empty()) return;  // states are recorded of the published model only
  std::size_t stages = 0;
  const auto compare = [&](std::int64_t stage, const Tensor& hidden) {
    const bool is_last = stage == static_cast<std::int64_t>(model_->spec().layers.size()) + 1;
    const std::string name = is_last ? "final_norm" : "hidden_" + std::to_string(stage);
    const std::vector<float> wanted = stored_->floats(name);
    const std::vector<float> got(hidden.floats(), hidden.floats() + hidden.shape.element_count());
    EXPECT_LE(difference(got, wanted), bound(wanted)) << name;
    ++stages;
  };
  const model::HiddenObserver observer(compare);
  logits_of(model_, ids_, 48, 1, &observer);
  EXPECT_EQ(stages, model_->spec().layers.size() + 2);
}

TEST_P(Family, ContinuesWithTheReferenceIds) {
  const std::vector<std::int64_t> greedy = stored_->integers(prefix_ + "greedy_ids");
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
  for (const Reference& reference : references()) {
    for (const Source source : {Source::Folder, Source::FolderWithOldConfig, Source::Gguf}) {
      // Without shared data a skipped case for each family will do.
      const bool is_there = !test::reference_path(reference.name, file_of(source)).empty();
      const bool is_absent = test::reference_path(reference.name, "config.json").empty();
      if (is_there || (is_absent && source == Source::Folder)) {
        cases.push_back({reference.name, source});
      }
    }
  }
  return cases;
}

std::vector<Case> folder_cases() {
  std::vector<Case> cases = all_cases();
  std::erase_if(cases, [](const Case& one) { return one.source != Source::Folder; });
  return cases;
}

std::string case_name(const testing::TestParamInfo<Case>& info) {
  static constexpr const char* kSources[] = {"Folder", "FolderWithOldConfig", "Gguf"};
  std::string name = info.param.family + kSources[static_cast<int>(info.param.source)];
  std::ranges::replace(name, '/', '_');
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Family, testing::ValuesIn(all_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(All, FamilyOfFolder, testing::ValuesIn(folder_cases()), case_name);

// The difference between the logits of a model with a changed key and the recorded ones, as a
// multiple of the tolerance.
double effect_of(const test::Feature& feature, const fs::path& folder, Source source) {
  const Reference& reference = reference_of(std::string(feature.family));
  const test::Safetensors stored(folder / "reference.safetensors");
  formats::TensorFile file = open({reference.name, source});
  if (feature.value) {
    file.mutable_metadata().set(feature.key, {.value = *feature.value});
  } else {
    file.mutable_metadata().erase(feature.key);
  }
  const std::vector<float> expected =
      stored.floats(source == Source::Gguf && reference.lack ? "gguf_logits" : "logits");
  const auto model = std::make_shared<const model::Model>(std::move(file));
  return difference(logits_of(model, input_ids(stored), 48, 1), expected) /
         (tolerance(reference) * largest(expected));
}

TEST(Features, EachChangesTheLogits) {
  for (const test::Feature& feature : test::features()) {
    const Source source =
        feature.source == test::FeatureSource::Gguf ? Source::Gguf : Source::Folder;
    const fs::path folder = test::reference_path(feature.family, file_of(source));
    if (folder.empty()) continue;
    try {
      EXPECT_GT(effect_of(feature, folder, source), 2)
          << feature.family << " without its " << feature.key;
    } catch (const Error& error) {
      ADD_FAILURE() << feature.family << ": " << error.what();
    }
  }
}

TEST(Features, EveryReferenceHasOne) {
  for (const Reference& reference : references()) {
    EXPECT_NE(std::ranges::find(test::features(), reference.name, &test::Feature::family),
              test::features().end())
        << reference.name << " has no row in family_features.h";
  }
}

// A copy of a folder in which one tensor has the numbers of another.
test::TemporaryFolder folder_with_copied_tensor(const fs::path& folder, const char* from,
                                                const char* to) {
  test::TemporaryFolder copy;
  fs::copy_file(folder / "config.json", copy.path() / "config.json");
  fs::copy_file(folder / "model.safetensors", copy.path() / "model.safetensors");
  const formats::TensorFile file = formats::open_hugging_face(folder);
  const formats::TensorEntry& source = *file.find(from);
  std::fstream stream(copy.path() / "model.safetensors",
                      std::ios::binary | std::ios::in | std::ios::out);
  stream.seekp(static_cast<std::streamoff>(file.find(to)->offset));
  stream.write(reinterpret_cast<const char*>(source.tensor.data), source.tensor.byte_count());
  return copy;
}

TEST(KeysAsValues, ComputeAsAMatrixOfValuesEqualToThatOfKeys) {
  const fs::path folder = test::reference_path("more/gemma4", "config.json");
  if (folder.empty()) BANTAM_SKIP_WITHOUT("reference/families/more/gemma4");
  const std::vector<std::int32_t> ids =
      input_ids(test::Safetensors(folder / "reference.safetensors"));
  const test::TemporaryFolder copy = folder_with_copied_tensor(
      folder, "model.layers.1.self_attn.k_proj.weight", "model.layers.1.self_attn.v_proj.weight");
  formats::TensorFile flagged = formats::open_hugging_face(folder);
  flagged.mutable_metadata().set("attention_k_eq_v", {.value = true});
  EXPECT_EQ(logits_of(std::make_shared<const model::Model>(std::move(flagged)), ids, 48, 1),
            logits_of(std::make_shared<const model::Model>(formats::open_hugging_face(copy.path())),
                      ids, 48, 1));
}

TEST(Gguf, ComputesThePublishedModelOnceWhatItLacksIsSupplied) {
  for (const Reference& reference : references()) {
    const fs::path folder = test::reference_path(reference.name, "model.gguf");
    if (!reference.lack || folder.empty()) continue;
    const test::Safetensors stored(folder / "reference.safetensors");
    const std::vector<std::int32_t> ids = input_ids(stored);
    formats::TensorFile file = open({reference.name, Source::Gguf});
    file.mutable_metadata().set(reference.lack->key, {.value = reference.lack->value});
    const auto model = std::make_shared<const model::Model>(std::move(file));
    const std::vector<float> expected = stored.floats("logits");
    EXPECT_LE(difference(logits_of(model, ids, 48, 1), expected),
              tolerance(reference) * largest(expected))
        << reference.name;
  }
}

}  // namespace
}  // namespace bantam
