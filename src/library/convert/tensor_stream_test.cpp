#include "library/convert/tensor_stream.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "formats/hf/model_folder.h"
#include "support/paths.h"
#include "support/safetensors.h"

namespace bantam::library {
namespace {

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
  std::vector<std::byte> found;
  const auto keep = [&](std::span<const std::byte> bytes) {
    found.insert(found.end(), bytes.begin(), bytes.end());
  };
  stream_tensor(planned, keep);
  ASSERT_EQ(found.size(), wanted.size() * sizeof(float));
  EXPECT_EQ(std::memcmp(found.data(), wanted.data(), found.size()), 0);
}

}  // namespace
}  // namespace bantam::library
