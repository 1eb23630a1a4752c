// Gemma 3n from a GGUF file as llama.cpp's converter writes it. Tools that write such files take no
// model as small as ours, so the file is made here of the folder, by the converter's rules.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>
#include <set>

#include "engine/single_sequence.h"
#include "formats/hf/model_folder.h"
#include "model/families/families.h"
#include "support/paths.h"
#include "support/safetensors.h"

namespace bantam {
namespace {

using formats::SourceFormat;
using formats::TensorEntry;
using formats::TensorFile;
using model::Part;
using model::Role;

constexpr std::int64_t kLayers = 5, kHidden = 64, kStreams = 4;

formats::Metadata gguf_metadata() {
  formats::Metadata metadata("model.gguf");
  const auto set = [&](const std::string& key, formats::MetadataValue value) {
    metadata.set("gemma3n." + key, {.value = std::move(value)});
  };
  metadata.set("general.architecture", {.value = metadata.store("gemma3n")});
  set("block_count", std::uint64_t{kLayers});
  set("context_length", std::uint64_t{256});
  set("embedding_length", std::uint64_t{kHidden});
  set("feed_forward_length", std::vector<std::int64_t>(kLayers, 48));
  set("attention.head_count", std::uint64_t{4});
  set("attention.head_count_kv", std::uint64_t{2});
  set("attention.key_length", std::uint64_t{16});
  set("attention.layer_norm_rms_epsilon", 1e-6);
  set("attention.sliding_window", std::uint64_t{16});
  set("attention.sliding_window_pattern", std::vector<bool>{true, true, false, true, false});
  set("attention.shared_kv_layers", std::uint64_t{2});
  set("rope.freq_base", 1e6);
  set("rope.freq_base_swa", 1e4);
  set("final_logit_softcapping", 1.5);
  set("altup.active_idx", std::uint64_t{0});
  set("altup.num_inputs", std::uint64_t{kStreams});
  set("embedding_length_per_layer_input", std::uint64_t{8});
  set("activation_sparsity_scale",
      std::vector<double>{1.6448533535003662, -INFINITY, -INFINITY, -INFINITY, -INFINITY});
  return metadata;
}

// The matrices of all streams but the first as one tensor, which lies in `buffers`.
TensorEntry stacked(const TensorFile& folder, const model::TensorNames& names, Role role,
                    std::vector<Buffer>& buffers) {
  Tensor all{DType::BF16, Shape{kStreams - 1, kHidden, kHidden}, nullptr};
  all.data = buffers.emplace_back(static_cast<std::size_t>(all.byte_count())).data();
  for (std::int64_t i = 0; i < kStreams - 1; ++i) {
    const Tensor& one = names.find(folder, role, Part::Weight, i)->tensor;
    std::memcpy(all.data + i * one.byte_count(), one.data,
                static_cast<std::size_t>(one.byte_count()));
  }
  return {names.name(SourceFormat::Gguf, role), all, "model.gguf"};
}

// Views the folder, which outlives it.
TensorFile as_gguf(const TensorFile& folder) {
  const model::TensorNames names(model::family_of(folder).tensor_names);
  std::vector<TensorEntry> tensors;
  std::vector<Buffer> buffers;
  std::set<std::string> done;
  for (const model::TensorName& row : model::common_tensor_names()) {
    if (row.role == Role::StreamProjection || row.role == Role::StreamMerge) {
      tensors.push_back(stacked(folder, names, row.role, buffers));
      continue;
    }
    for (std::int64_t layer = 0; layer < kLayers; ++layer) {
      const TensorEntry* entry = names.find(folder, row.role, Part::Weight, layer);
      const std::string name = names.name(SourceFormat::Gguf, row.role, Part::Weight, layer);
      if (entry == nullptr || !done.insert(name).second) continue;
      tensors.push_back({name, entry->tensor, "model.gguf"});
    }
  }
  return {SourceFormat::Gguf, gguf_metadata(), std::move(tensors), {}, {}, std::move(buffers)};
}

TEST(Gemma3nGguf, ComputesTheReferenceLogits) {
  const auto folder_path = test::fixture("families/more/gemma3n");
  const test::Safetensors stored(folder_path / "reference.safetensors");
  const std::vector<float> expected = stored.floats("logits");
  std::vector<std::int32_t> ids;
  for (const std::int64_t id : stored.integers("input_ids")) {
    ids.push_back(static_cast<std::int32_t>(id));
  }
  const TensorFile folder = formats::open_hugging_face(folder_path);
  const auto network = std::make_shared<const model::Model>(as_gguf(folder));
  EXPECT_EQ(network->unused_tensors(), std::vector<std::string>());
  const auto count = std::ssize(ids);
  engine::Executor executor(network, {.threads = 1,
                                      .context_tokens = count,
                                      .batch_tokens = count,
                                      .output_rows = count,
                                      .key_type = DType::F32,
                                      .value_type = DType::F32,
                                      .exact_bf16 = true});
  engine::SingleSequence sequence(executor, count);
  std::vector<std::int32_t> every_row(ids.size());
  std::iota(every_row.begin(), every_row.end(), 0);
  const float* logits = sequence.run(ids, 0, every_row).floats();
  float largest = 0, difference = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    difference = std::max(difference, std::abs(expected[i] - logits[i]));
  }
  EXPECT_LE(difference, 2.5e-5F * largest);
}

}  // namespace
}  // namespace bantam
