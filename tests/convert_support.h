// What the tests of conversion share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/executor.h"
#include "engine/single_sequence.h"
#include "formats/tensor_file.h"
#include "library/model_source.h"
#include "support/paths.h"
#include "support/temporary_folder.h"
#include "tensor/quant_format.h"

namespace bantam {

namespace fs = std::filesystem;
using formats::TensorEntry;
using formats::TensorFile;

// A folder with model.gguf and a tokenizer: ours, or one of shared data.
inline fs::path reference_path(std::string_view family) {
  for (const fs::path& root : {test::fixture("families"), test::shared("reference/families")}) {
    const fs::path folder = root / family;
    if (fs::exists(folder / "model.gguf") && fs::exists(folder / "tokenizer.json")) return folder;
  }
  return {};
}

inline library::ModelSource source_of(const fs::path& path) {
  return library::resolve_model(path.string());
}

inline std::vector<float> values_of(const Tensor& tensor) {
  std::vector<float> values(static_cast<std::size_t>(tensor.shape.element_count()));
  quant_format(tensor.type).decode(tensor.data, values.data(), tensor.shape.element_count());
  return values;
}

inline std::set<std::string> names_of(const TensorFile& file) {
  std::set<std::string> names;
  for (const TensorEntry& entry : file.tensors()) names.insert(entry.name);
  return names;
}

inline void expect_same_tensors(const TensorFile& made, const TensorFile& expected) {
  ASSERT_EQ(names_of(made), names_of(expected));
  for (const TensorEntry& wanted : expected.tensors()) {
    const Tensor& found = made.find(wanted.name)->tensor;
    ASSERT_EQ(found.shape, wanted.tensor.shape) << wanted.name;
    ASSERT_EQ(values_of(found), values_of(wanted.tensor)) << wanted.name;
  }
}

inline std::vector<float> logits_of(const library::ModelSource& source) {
  constexpr std::int64_t kCount = 40;
  const auto model = std::make_shared<const model::Model>(library::open_tensors(source));
  std::vector<std::int32_t> ids, every_row(kCount);
  for (std::int32_t i = 0; i < kCount; ++i) ids.push_back((i * 37 + 5) % 500);
  std::iota(every_row.begin(), every_row.end(), 0);
  engine::Executor executor(model, {.threads = 1,
                                    .context_tokens = kCount,
                                    .batch_tokens = kCount,
                                    .output_rows = kCount,
                                    .key_type = DType::F32,
                                    .value_type = DType::F32,
                                    .exact_bf16 = true});
  engine::SingleSequence sequence(executor, kCount);
  const Tensor logits = sequence.run(ids, 0, every_row, nullptr);
  return {logits.floats(), logits.floats() + logits.shape.element_count()};
}

inline std::vector<float> logits_of(const fs::path& path) { return logits_of(source_of(path)); }

inline void expect_near(const std::vector<float>& found, const std::vector<float>& wanted) {
  constexpr float kTolerance = 2e-5f;  // of the largest logit: rounding of the products
  ASSERT_EQ(found.size(), wanted.size());
  float largest = 0, difference = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    largest = std::max(largest, std::abs(wanted[i]));
    difference = std::max(difference, std::abs(found[i] - wanted[i]));
  }
  EXPECT_LE(difference, kTolerance * largest);
}

inline fs::path fixture(std::string_view name) { return test::fixture("families") / name; }

inline void replace_in(const fs::path& path, std::string_view from, std::string_view to) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  in.close();
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << path << " has no " << from;
  text.replace(at, from.size(), to);
  fs::remove(path);
  std::ofstream(path, std::ios::binary) << text;
}

// A folder of another model's files, but for config.json.
inline fs::path copied(const fs::path& folder, const test::TemporaryFolder& into) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path name = entry.path().filename();
    if (name == "config.json") fs::copy_file(entry.path(), into.path() / name);
    const bool is_needed = name.string().starts_with("tokenizer") || name == "model.safetensors";
    if (is_needed) fs::create_symlink(entry.path(), into.path() / name);
  }
  return into.path();
}

}  // namespace bantam
