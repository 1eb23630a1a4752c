#include "library/convert/tensor_stream.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

#include "formats/hf/model_folder.h"
#include "model/conversion/element_order.h"
#include "support/paths.h"
#include "support/safetensors.h"
#include "tensor/quant_format.h"

namespace bantam::library {
namespace {

std::vector<std::byte> streamed(const model::PlannedTensor& planned) {
  std::vector<std::byte> found;
  stream_tensor(planned, [&](std::span<const std::byte> bytes) {
    found.insert(found.end(), bytes.begin(), bytes.end());
  });
  return found;
}

// The key projection of a GPTQ folder with act-order: its columns are stored group by group.
TEST(TensorStream, BringsColumnsIntoTheOrderOfTheInputs) {
  const auto folder = test::fixture("quantized/gptq-4bit-g32-asym-descact-v1");
  const formats::TensorFile file = formats::open_hugging_face(folder);
  const std::string name = "model.layers.0.self_attn.k_proj.weight";
  const formats::TensorEntry* source = file.find(name);
  ASSERT_NE(source, nullptr);
  ASSERT_FALSE(source->input_order.empty());
  const std::vector<float> wanted = test::Safetensors(folder / "expected.safetensors").floats(name);
  const auto count = static_cast<std::int64_t>(wanted.size());
  const std::int64_t columns = source->tensor.shape.columns();
  const model::PlannedTensor planned{.name = name,
                                     .shape = Shape{count / columns, columns},
                                     .pieces = {{.source = source, .first = 0, .count = count}}};
  const std::vector<std::byte> found = streamed(planned);
  ASSERT_EQ(found.size(), wanted.size() * sizeof(float));
  EXPECT_EQ(std::memcmp(found.data(), wanted.data(), found.size()), 0);
}

// A stack of MXFP4 matrices whose rows alternate between gate and up, as gpt-oss publishes it: the
// blocks of each row stay as they are, under GGUF's name for them.
TEST(TensorStream, KeepsTheBlocksOfAlternatingRows) {
  constexpr std::int64_t kExperts = 2, kRows = 6, kColumns = 64;
  const std::int64_t row_bytes = quant_format(DType::MXFP4).bytes_for(kColumns);
  std::vector<std::byte> stored(static_cast<std::size_t>(kExperts * kRows * row_bytes));
  for (std::size_t i = 0; i < stored.size(); ++i) stored[i] = static_cast<std::byte>(i * 7 % 251);
  const formats::TensorEntry both{
      .name = "gate_up_proj",
      .tensor = {DType::FP4_E8M0, Shape{kExperts, kRows, kColumns}, stored.data()},
      .file = "made"};
  for (std::int64_t half = 0; half < 2; ++half) {
    model::PlannedTensor planned =
        model::half_of(both, model::Part::Weight, half, model::ExpertLayout::FusedTransposed);
    EXPECT_EQ(planned.shape, (Shape{kExperts, kRows / 2, kColumns}));
    planned.type = DType::MXFP4;
    std::vector<std::byte> wanted;
    for (std::int64_t row = half; row < kExperts * kRows; row += 2) {
      const auto first = stored.begin() + row * row_bytes;
      wanted.insert(wanted.end(), first, first + row_bytes);
    }
    EXPECT_EQ(streamed(planned), wanted);
  }
}

// Matrices [inputs, outputs] with alternating outputs go apart and come together again.
TEST(TensorStream, TakesAlternatingOutputsApartAndPutsThemTogether) {
  constexpr std::int64_t kExperts = 2, kInputs = 3, kOutputs = 4;
  std::vector<float> stored(kExperts * kInputs * 2 * kOutputs);
  std::iota(stored.begin(), stored.end(), 1.0f);
  const auto entry_of = [](std::string name, const Shape& shape, void* data) {
    return formats::TensorEntry{.name = std::move(name),
                                .tensor = {DType::F32, shape, static_cast<std::byte*>(data)},
                                .file = "made"};
  };
  constexpr auto kLayout = model::ExpertLayout::FusedTransposed;
  const auto both = entry_of("both", Shape{kExperts, kInputs, 2 * kOutputs}, stored.data());
  std::vector<std::byte> gate = streamed(model::half_of(both, model::Part::Weight, 0, kLayout));
  std::vector<std::byte> up = streamed(model::half_of(both, model::Part::Weight, 1, kLayout));
  float second_gate = 0;  // of the first expert, its first input
  std::memcpy(&second_gate, gate.data() + kInputs * sizeof(float), sizeof second_gate);
  EXPECT_EQ(second_gate, stored[2]);
  const Shape half{kExperts, kOutputs, kInputs};
  const auto first = entry_of("gate", half, gate.data()), second = entry_of("up", half, up.data());
  const auto again = model::joined(first, second, model::Part::Weight, kLayout);
  EXPECT_EQ(again.shape, both.tensor.shape);
  const std::vector<std::byte> found = streamed(again);
  ASSERT_EQ(found.size(), stored.size() * sizeof(float));
  EXPECT_EQ(std::memcmp(found.data(), stored.data(), found.size()), 0);
}

// Infinity itself is none of them.
TEST(TensorStream, CountsNumbersBeyondTheRangeOfHalves) {
  std::vector<float> values{65504.0f, 65519.0f, 65520.0f, -1e6f, INFINITY, 0.5f};
  const auto count = static_cast<std::int64_t>(values.size());
  const formats::TensorEntry source{
      .name = "w",
      .tensor = {DType::F32, Shape{count}, reinterpret_cast<std::byte*>(values.data())},
      .file = "made"};
  for (const auto& [type, lost] : {std::pair(DType::F16, 2U), std::pair(DType::BF16, 0U)}) {
    const model::PlannedTensor planned{.name = "w",
                                       .shape = Shape{count},
                                       .type = type,
                                       .pieces = {{.source = &source, .count = count}}};
    EXPECT_EQ(stream_tensor(planned, [](std::span<const std::byte>) {}), lost);
  }
}

// The parameter of a state space, which GGUF has as -exp(x): rounded to bfloat16 it comes back.
TEST(TensorStream, UndoesTheExponentialOfRoundedNumbers) {
  std::vector<float> rounded{0.0f, 1.0f, 2.765625f, -3.1875f, 0.0625f};
  const auto count = static_cast<std::int64_t>(rounded.size());
  const formats::TensorEntry logs{
      .name = "A_log",
      .tensor = {DType::F32, Shape{count}, reinterpret_cast<std::byte*>(rounded.data())},
      .file = "made"};
  model::PlannedTensor there{.name = "ssm_a",
                             .shape = Shape{count},
                             .map = model::ElementMap::NegatedExp,
                             .pieces = {{.source = &logs, .count = count}}};
  std::vector<std::byte> decays = streamed(there);
  float last = 0;
  std::memcpy(&last, decays.data() + decays.size() - sizeof last, sizeof last);
  EXPECT_FLOAT_EQ(last, -std::exp(0.0625f));
  const formats::TensorEntry stored{
      .name = "ssm_a", .tensor = {DType::F32, Shape{count}, decays.data()}, .file = "made"};
  there.map = model::ElementMap::NegatedLog;
  there.pieces = {{.source = &stored, .count = count}};
  const std::vector<std::byte> again = streamed(there);
  EXPECT_EQ(std::memcmp(again.data(), rounded.data(), again.size()), 0);
}

}  // namespace
}  // namespace bantam::library
