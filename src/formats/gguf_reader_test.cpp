#include "formats/gguf_reader.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "formats/gguf_writer.h"
#include "support/file_bytes.h"
#include "support/paths.h"
#include "support/safetensors.h"
#include "support/temporary_folder.h"
#include "tensor/half.h"

namespace bantam::formats {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> gguf_files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".gguf") files.push_back(entry.path());
  }
  return files;
}

std::string error_of(const fs::path& path, ErrorCode code = ErrorCode::BadFile) {
  try {
    open_gguf(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "no error";
}

TEST(GgufReader, OpensEveryReferenceModel) {
  BANTAM_NEEDS_SHARED("reference");
  std::size_t count = 0;
  for (const auto& path : gguf_files_below(test::shared("reference"))) {
    SCOPED_TRACE(path);
    const TensorFile file = open_gguf(path);
    EXPECT_GT(file.tensors().size(), 0u);
    EXPECT_FALSE(file.metadata().entries().empty());
    ++count;
  }
  EXPECT_GE(count, 60u);
}

TEST(GgufReader, ReadsEveryKindOfValue) {
  const auto bytes = test::tiny_gguf();
  const TensorFile file = read_gguf("tiny", bytes.bytes());
  const Metadata& m = file.metadata();
  EXPECT_EQ(m.text("general.architecture"), "llama");
  EXPECT_EQ(m.integer("llama.block_count", 0, 9), 1);
  EXPECT_EQ(m.real("llama.epsilon"), static_cast<double>(1e-5f));
  EXPECT_EQ(m.boolean("llama.flag"), true);
  EXPECT_EQ(m.integer("llama.large", 0, std::int64_t{1} << 41), std::int64_t{1} << 40);
  EXPECT_EQ(*m.texts("tokens"), (std::vector<std::string_view>{"<s>", "a", "b"}));
  EXPECT_EQ(m.reals("scores"), (std::vector<double>{0, -1, -2}));
  EXPECT_EQ(std::get<std::vector<bool>>(m.entries().at("flags").value),
            (std::vector<bool>{false, true}));
  EXPECT_EQ(m.integers("types"), (std::vector<std::int64_t>{3, 1, 1}));
  EXPECT_EQ(m.entries().at("llama.epsilon").offset, bytes.place("llama.epsilon.value"));
}

TEST(GgufReader, GivesShapesOutermostFirstAndViewsTheData) {
  const auto bytes = test::tiny_gguf();
  const TensorFile file = read_gguf("tiny", bytes.bytes());
  const TensorEntry* output = file.find("output");
  ASSERT_NE(output, nullptr);
  EXPECT_EQ(output->tensor.type, DType::Q8_0);
  EXPECT_EQ(output->tensor.shape, (Shape{3, 32}));
  EXPECT_EQ(output->offset, bytes.place("data") + 512);
  EXPECT_EQ(output->tensor.data, bytes.bytes().data() + output->offset);
  EXPECT_EQ(file.find("absent"), nullptr);
}

TEST(GgufReader, HoldsTheValuesOfTheSafetensorsModel) {
  const TensorFile file = open_gguf(test::fixture("families/llama3/model.gguf"));
  const test::Safetensors model(test::fixture("families/llama3/model.safetensors"));
  EXPECT_EQ(file.find("token_embd.weight")->tensor.shape, (Shape{512, 64}));
  const auto* stored =
      reinterpret_cast<const BFloat16*>(model.bytes("model.embed_tokens.weight").data());
  const Tensor& read = file.find("token_embd.weight")->tensor;
  for (std::int64_t i = 0; i < 512 * 64; ++i) ASSERT_EQ(read.floats()[i], to_float(stored[i]));
}

TEST(GgufReader, ReadsVersionTwoAsVersionThree) {
  auto bytes = test::tiny_gguf();
  bytes.set<std::uint32_t>("version", 2);
  EXPECT_EQ(read_gguf("tiny", bytes.bytes()).tensors().size(), 3u);
}

TEST(GgufReader, TakesTensorsInAnyOrderAndWithGaps) {
  auto bytes = test::tiny_gguf();
  bytes.set<std::uint64_t>("embed.offset", 128).set<std::uint64_t>("norm.offset", 0);
  EXPECT_EQ(read_gguf("tiny", bytes.bytes()).tensors()[0].offset, bytes.place("data") + 128);
}

TEST(GgufReader, ReadsAHeaderWithoutItsData) {
  auto bytes = test::tiny_gguf();
  bytes.cut(bytes.place("data"));
  EXPECT_THROW(read_gguf("tiny", bytes.bytes()), Error);
  const TensorFile file = read_gguf("tiny", bytes.bytes(), GgufContent::HeaderOnly);
  EXPECT_EQ(file.tensors().size(), 3u);
  EXPECT_TRUE(file.tensors()[0].tensor.empty());
}

TEST(GgufReader, CopiesTensorsThatMemoryLeavesUnaligned) {
  const auto bytes = test::tiny_gguf();
  std::vector<std::byte> shifted(1);
  shifted.insert(shifted.end(), bytes.bytes().begin(), bytes.bytes().end());
  const TensorFile file = read_gguf("tiny", std::span(shifted).subspan(1));
  for (const TensorEntry& entry : file.tensors()) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(entry.tensor.data) % 2, 0u);
    EXPECT_EQ(std::memcmp(entry.tensor.data, bytes.bytes().data() + entry.offset,
                          static_cast<std::size_t>(entry.tensor.byte_count())),
              0);
  }
}

// One tensor a part; `count` is what the metadata of part `number` claims.
void write_part(const fs::path& path, std::uint64_t number, std::uint64_t count,
                const std::string& tensor, std::int64_t tensors = 2) {
  GgufWriter writer(path);
  using namespace std::string_view_literals;
  if (number == 0) writer.set("general.architecture", "llama"sv, GgufType::Text);
  writer.set("split.no", number, GgufType::U16);
  writer.set("split.count", count, GgufType::U16);
  writer.set("split.tensors.count", tensors, GgufType::I32);
  writer.declare(tensor, DType::F32, {8});
  const std::vector<float> values(8, static_cast<float>(number));
  writer.append(std::as_bytes(std::span(values)));
  writer.commit();
}

constexpr const char* kPartOne = "m-00001-of-00002.gguf";
constexpr const char* kPartTwo = "m-00002-of-00002.gguf";

TEST(GgufReader, JoinsASplitModelFromAnyOfItsFiles) {
  const test::TemporaryFolder folder;
  write_part(folder.path() / kPartOne, 0, 2, "a");
  write_part(folder.path() / kPartTwo, 1, 2, "b");
  for (const char* name : {kPartOne, kPartTwo}) {
    const TensorFile file = open_gguf(folder.path() / name);
    EXPECT_EQ(file.files().size(), 2u);
    EXPECT_EQ(file.metadata().entries().size(), 1u);
    EXPECT_EQ(file.find("a")->tensor.floats()[7], 0.0f);
    EXPECT_EQ(file.find("b")->tensor.floats()[7], 1.0f);
    EXPECT_TRUE(file.find("b")->file.ends_with(kPartTwo));
  }
}

TEST(GgufReader, NamesTheMissingFileOfASplitModel) {
  const test::TemporaryFolder folder;
  write_part(folder.path() / kPartOne, 0, 2, "a");
  EXPECT_NE(error_of(folder.path() / kPartOne, ErrorCode::NotFound).find(kPartTwo),
            std::string::npos);
}

TEST(GgufReader, RefusesSplitFilesThatDoNotBelongTogether) {
  const test::TemporaryFolder folder;
  const fs::path one = folder.path() / kPartOne;
  const fs::path two = folder.path() / kPartTwo;
  write_part(one, 0, 2, "a");
  write_part(two, 1, 2, "a");
  EXPECT_NE(error_of(one).find("a second \"a\""), std::string::npos);
  write_part(two, 1, 3, "b");
  EXPECT_NE(error_of(one).find("split.count"), std::string::npos);
  write_part(two, 0, 2, "b");
  EXPECT_NE(error_of(one).find("split.no"), std::string::npos);
  write_part(two, 1, 2, "b");
  write_part(one, 0, 2, "a", 7);
  EXPECT_NE(error_of(one).find("split.tensors.count"), std::string::npos);
  fs::rename(one, folder.path() / "renamed.gguf");
  EXPECT_NE(error_of(folder.path() / "renamed.gguf").find("-NNNNN-of-00002.gguf"),
            std::string::npos);
}

TEST(GgufReader, RefusesOnePartOfASplitModelInMemory) {
  const test::TemporaryFolder folder;
  write_part(folder.path() / kPartOne, 0, 2, "a");
  const MappedFile file(folder.path() / kPartOne);
  EXPECT_THROW(read_gguf("part", file.bytes()), Error);
}

TEST(GgufReader, RefusesFoldersAndMissingFiles) {
  error_of(test::fixture("families"), ErrorCode::BadInput);
  error_of(test::fixture("families/absent.gguf"), ErrorCode::NotFound);
}

}  // namespace
}  // namespace bantam::formats
