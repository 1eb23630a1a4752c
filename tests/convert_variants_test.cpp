// Conversion of models in several files, quantized ones, and variants without a reference.
#include "convert_support.h"

#include "base/format.h"
#include "formats/gguf_reader.h"
#include "formats/gguf_writer.h"
#include "formats/hf/model_folder.h"
#include "formats/safetensors_writer.h"
#include "library/convert/convert.h"

namespace bantam {
namespace {

using model::WeightType;

// Granite 4 without experts, whose folders name the one network of each layer as the others name
// that beside the experts; and without state spaces too, which is Granite 3 to GGUF.
void write_without_experts(const fs::path& folder, const fs::path& into, bool has_states) {
  const TensorFile file = formats::open_hugging_face(folder);
  std::vector<formats::NamedTensor> kept;
  for (const TensorEntry& entry : file.tensors()) {
    if (entry.name.find("block_sparse_moe") != std::string::npos) continue;
    const bool is_state = entry.name.find(".mamba.") != std::string::npos;
    if (is_state && !has_states) continue;
    kept.push_back({entry.name, entry.tensor});
    const std::size_t layer = entry.name.find(".1.self_attn.");
    if (has_states || layer == std::string::npos) continue;
    for (const char number : {'0', '2'}) {
      kept.push_back({entry.name, entry.tensor});
      kept.back().name[layer + 1] = number;
    }
  }
  formats::write_safetensors(into / "model.safetensors", std::move(kept), {{"format", "pt"}});
}

TEST(ConvertGranite, KnowsTheModelsWithoutExperts) {
  BANTAM_NEEDS_SHARED("reference/families/more/granitemoehybrid");
  const fs::path folder = test::shared("reference/families/more/granitemoehybrid");
  for (const bool has_states : {true, false}) {
    const test::TemporaryFolder changed, made;
    copied(folder, changed);
    fs::remove(changed.path() / "model.safetensors");
    write_without_experts(folder, changed.path(), has_states);
    const fs::path config = changed.path() / "config.json";
    replace_in(config, "\"num_local_experts\": 4", "\"num_local_experts\": 0");
    if (!has_states) {
      for (int i = 0; i < 2; ++i) replace_in(config, "\"linear_attention\"", "\"attention\"");
      replace_in(config, "\"nope\"", "\"rope\"");
    }
    const fs::path gguf = made.path() / "made.gguf", back = made.path() / "back";
    const auto report = library::convert(source_of(changed.path()), gguf, {});
    EXPECT_EQ(report.warnings, std::vector<std::string>{});
    EXPECT_EQ(report.notes, std::vector<std::string>{});
    EXPECT_EQ(formats::open_gguf(gguf).metadata().text("general.architecture"),
              has_states ? "granitehybrid" : "granite");
    EXPECT_EQ(formats::open_gguf(gguf).metadata().integer(
                  has_states ? "granitehybrid.feed_forward_length" : "granite.feed_forward_length",
                  0, 1000),
              32);
    expect_near(logits_of(gguf), logits_of(changed.path()));
    library::convert(source_of(gguf), back, {});
    expect_near(logits_of(back), logits_of(changed.path()));
  }
}

// The tensors of a file, one half in each of two.
std::vector<std::vector<const TensorEntry*>> halves_of(const TensorFile& file) {
  std::vector<std::vector<const TensorEntry*>> halves(2);
  for (const TensorEntry& entry : file.tensors()) {
    halves[halves[0].size() * 2 < file.tensors().size() ? 0 : 1].push_back(&entry);
  }
  return halves;
}

TEST(ConvertParts, OfAShardedFolderBecomeOneFile) {
  const test::TemporaryFolder folder, made;
  const TensorFile whole = formats::open_hugging_face(fixture("llama3"));
  copied(fixture("llama3"), folder);
  fs::remove(folder.path() / "model.safetensors");
  std::string map;
  int number = 0;
  for (const auto& half : halves_of(whole)) {
    const std::string name = format("model-0000{}-of-00002.safetensors", ++number);
    std::vector<formats::NamedTensor> tensors;
    for (const TensorEntry* entry : half) {
      tensors.push_back({entry->name, entry->tensor});
      map += format("{}\"{}\": \"{}\"", map.empty() ? "" : ", ", entry->name, name);
    }
    formats::write_safetensors(folder.path() / name, std::move(tensors), {{"format", "pt"}});
  }
  folder.write("model.safetensors.index.json", "{\"weight_map\": {" + map + "}}");
  library::convert(source_of(folder.path()), made.path() / "parts.gguf", {.type = WeightType::F32});
  const TensorFile found = formats::open_gguf(made.path() / "parts.gguf");
  const TensorFile wanted = formats::open_gguf(reference_path("llama3") / "model.gguf");
  expect_same_tensors(found, wanted);
}

TEST(ConvertParts, OfASplitGgufFileBecomeOneFolder) {
  const test::TemporaryFolder made;
  const TensorFile whole = formats::open_gguf(reference_path("llama3") / "model.gguf");
  std::uint64_t number = 0;
  for (const auto& half : halves_of(whole)) {
    formats::GgufWriter writer(made.path() / format("m-0000{}-of-00002.gguf", number + 1));
    if (number == 0) writer.set_all(whole.metadata());
    writer.set("split.no", number++, formats::GgufType::U16);
    writer.set("split.count", std::uint64_t{2}, formats::GgufType::U16);
    writer.set("split.tensors.count", static_cast<std::int64_t>(whole.tensors().size()),
               formats::GgufType::I32);
    for (const TensorEntry* entry : half) {
      writer.declare(entry->name, entry->tensor.type, entry->tensor.shape);
    }
    for (const TensorEntry* entry : half) {
      writer.append({entry->tensor.data, static_cast<std::size_t>(entry->tensor.byte_count())});
    }
    writer.commit();
  }
  library::convert(source_of(made.path() / "m-00001-of-00002.gguf"), made.path() / "made", {});
  expect_same_tensors(formats::open_hugging_face(made.path() / "made"),
                      formats::open_hugging_face(fixture("llama3")));
}

// GPTQ with act-order: rows by head and columns by group are both brought into order.
TEST(ConvertQuantized, WritesTheNumbersThatTheCodesStandFor) {
  const test::TemporaryFolder folder, made;
  const fs::path quantized = test::fixture("quantized/whole/gptq-4bit-g32-asym-descact-v1");
  for (const char* name : {"config.json", "model.safetensors"}) {
    fs::create_symlink(quantized / name, folder.path() / name);
  }
  for (const char* name : {"tokenizer.json", "tokenizer_config.json"}) {
    fs::create_symlink(fixture("llama3") / name, folder.path() / name);
  }
  const fs::path path = made.path() / "made.gguf";
  const auto report = library::convert(source_of(folder.path()), path, {});
  ASSERT_EQ(report.notes.size(), 1U);
  EXPECT_TRUE(report.notes[0].find("gptq") != std::string::npos) << report.notes[0];
  EXPECT_EQ(formats::open_gguf(path).find("blk.0.attn_q.weight")->tensor.type, DType::F32);
  expect_near(logits_of(path), logits_of(folder.path()));
}

}  // namespace
}  // namespace bantam
