// Quantized Hugging Face folders: their weights bit for bit and the logits of the networks that
// they hold, against other programs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "engine/executor.h"
#include "engine/single_sequence.h"
#include "formats/hf/model_folder.h"
#include "support/paths.h"
#include "support/safetensors.h"
#include "tensor/half.h"
#include "tensor/quant_format.h"

namespace bantam {
namespace {

namespace fs = std::filesystem;

// Absolute: what the reference program's own float32 leaves.
constexpr double kLogitTolerance = 1e-4;

std::vector<float> decoded(const Tensor& tensor) {
  std::vector<float> values(static_cast<std::size_t>(tensor.shape.element_count()));
  quant_format(tensor.type).decode(tensor.data, values.data(), std::ssize(values));
  return values;
}

// The matrix with its columns in the order of the inputs.
std::vector<float> by_input(const formats::TensorEntry& entry) {
  const std::vector<float> stored = decoded(entry.tensor);
  if (entry.input_order.empty()) return stored;
  const auto* order = reinterpret_cast<const std::int32_t*>(entry.input_order.data);
  const auto columns = static_cast<std::size_t>(entry.tensor.shape.columns());
  std::vector<float> values(stored.size(), NAN);
  for (std::size_t i = 0; i < stored.size(); ++i) {
    values[i / columns * columns + static_cast<std::size_t>(order[i % columns])] = stored[i];
  }
  return values;
}

// [experts, rows, columns] as [experts, columns, rows].
std::vector<float> transposed(const std::vector<float>& values, const Shape& shape) {
  const auto rows = static_cast<std::size_t>(shape[1]),
             columns = static_cast<std::size_t>(shape[2]);
  std::vector<float> result(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t expert = i / (rows * columns), row = i / columns % rows;
    result[(expert * columns + i % columns) * rows + row] = values[i];
  }
  return result;
}

// Compares the first values of each matrix with those that are recorded of it.
void expect_recorded_weights(const formats::TensorFile& file, const fs::path& folder) {
  const test::Safetensors expected(folder / "expected.safetensors");
  ASSERT_FALSE(expected.entries().empty());
  for (const auto& [name, record] : expected.entries()) {
    const formats::TensorEntry* entry = file.find(name);
    ASSERT_NE(entry, nullptr) << name;
    const bool is_stack = entry->tensor.shape.rank() == 3;  // recorded as [experts, in, out]
    const std::vector<float> found =
        is_stack ? transposed(by_input(*entry), entry->tensor.shape) : by_input(*entry);
    const std::vector<float> wanted = expected.floats(name);
    ASSERT_LE(wanted.size(), found.size()) << name;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      ASSERT_EQ(float_to_bits(found[i]), float_to_bits(wanted[i]))
          << name << ", value " << i << ": found " << std::hexfloat << found[i] << ", expected "
          << wanted[i];
    }
  }
}

std::vector<float> logits_of(const fs::path& folder, const std::vector<std::int64_t>& ids,
                             std::int64_t batch, int threads) {
  const auto model = std::make_shared<const model::Model>(formats::open_hugging_face(folder));
  EXPECT_EQ(model->unused_tensors(), std::vector<std::string>());
  const std::int64_t count = std::ssize(ids);
  engine::Executor executor(model, {.threads = threads,
                                    .context_tokens = count,
                                    .batch_tokens = batch,
                                    .output_rows = batch,
                                    .key_type = DType::F32,
                                    .value_type = DType::F32,
                                    .exact_bf16 = true});
  engine::SingleSequence sequence(executor, count);
  const std::vector<std::int32_t> tokens(ids.begin(), ids.end());
  std::vector<std::int32_t> every_row(ids.size());
  std::iota(every_row.begin(), every_row.end(), 0);
  std::vector<float> all;
  for (std::int64_t first = 0; first < count; first += batch) {
    const auto rows = static_cast<std::size_t>(std::min(batch, count - first));
    const Tensor logits =
        sequence.run(std::span(tokens).subspan(static_cast<std::size_t>(first), rows), first,
                     std::span(every_row).first(rows));
    all.insert(all.end(), logits.floats(), logits.floats() + logits.shape.element_count());
  }
  return all;
}

void expect_recorded_logits(const fs::path& folder) {
  const test::Safetensors reference(folder / "reference.safetensors");
  const std::vector<float> wanted = reference.floats("logits");
  const std::vector<std::int64_t> ids = reference.integers("input_ids");
  const std::vector<float> found = logits_of(folder, ids, 24, 1);
  ASSERT_EQ(found.size(), wanted.size());
  double largest = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(found[i]) - wanted[i]));
  }
  EXPECT_LE(largest, kLogitTolerance);
  EXPECT_EQ(logits_of(folder, ids, 5, 2), found) << "two threads, passes of 5 tokens";
}

// Folders of one module: what every scheme stores, and some rows of what it means.
class QuantizedModule : public testing::TestWithParam<std::string> {};

TEST_P(QuantizedModule, HasTheRecordedWeights) {
  const fs::path folder = test::fixture("quantized") / GetParam();
  expect_recorded_weights(formats::open_hugging_face(folder), folder);
}

// Whole models of every scheme.
class QuantizedFolder : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    BANTAM_NEEDS_SHARED("reference/quant/safetensors");
    folder_ = test::shared("reference/quant/safetensors") / GetParam();
  }
  fs::path folder_;
};

TEST_P(QuantizedFolder, HasTheRecordedWeights) {
  expect_recorded_weights(formats::open_hugging_face(folder_), folder_);
}

TEST_P(QuantizedFolder, TakesLittleMoreMemoryThanItsFile) {
  const formats::TensorFile file = formats::open_hugging_face(folder_);
  std::int64_t bytes = 0;
  for (const formats::TensorEntry& entry : file.tensors()) bytes += entry.tensor.byte_count();
  const auto stored = static_cast<double>(fs::file_size(folder_ / "model.safetensors"));
  EXPECT_LE(static_cast<double>(bytes), 1.15 * stored);
}

TEST_P(QuantizedFolder, ComputesTheRecordedLogits) { expect_recorded_logits(folder_); }

TEST(QuantizedModel, WithAnOrderOfInputsComputesTheRecordedLogits) {
  expect_recorded_logits(test::fixture("quantized/whole/gptq-4bit-g32-asym-descact-v1"));
}

std::vector<std::string> names() {
  return {"awq-4bit-g128",
          "awq-4bit-g32",
          "bnb-fp4",
          "bnb-fp4-double",
          "bnb-int8",
          "bnb-nf4",
          "bnb-nf4-double",
          "bnb-nf4-double-bf16",
          "ct-fp8-channel",
          "ct-fp8-tensor",
          "ct-nvfp4",
          "ct-w4a16-g128-asym",
          "ct-w4a16-g32-sym",
          "ct-w8a16-channel",
          "ct-w8a8-int8-channel",
          "fp8-block128",
          "fp8-tensor",
          "gptq-2bit-g32-asym-v1",
          "gptq-3bit-g128-sym-v1",
          "gptq-4bit-g128-sym-descact-v1",
          "gptq-4bit-g32-asym-descact-v1",
          "gptq-4bit-g32-asym-v2",
          "gptq-4bit-g32-asym-zero0-v1",
          "gptq-4bit-g32-sym-v1",
          "gptq-4bit-perchannel-sym-v1",
          "gptq-8bit-g128-sym-v1",
          "gptq-8bit-g32-asym-descact-v2",
          "mxfp4-gpt-oss"};
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, QuantizedFolder, testing::ValuesIn(names()), test_name);
INSTANTIATE_TEST_SUITE_P(All, QuantizedModule, testing::ValuesIn(names()), test_name);

}  // namespace
}  // namespace bantam
