#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "formats/safetensors_reader.h"
#include "formats/safetensors_writer.h"
#include "support/file_bytes.h"
#include "support/paths.h"
#include "support/safetensors.h"
#include "support/temporary_folder.h"

namespace bantam::formats {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHeader =
    R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
    R"("a":{"dtype":"I8","shape":[],"data_offsets":[24,25]},)"
    R"("none":{"dtype":"F16","shape":[4,0],"data_offsets":[24,24]}})";

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  return files;
}

TEST(SafetensorsReader, ReadsTensorsInTheOrderOfTheirData) {
  const auto bytes = test::safetensors_file(kHeader, 25);
  const TensorFile file = read_safetensors("f", bytes.bytes());
  ASSERT_EQ(file.tensors().size(), 3u);
  EXPECT_EQ(file.tensors()[0].name, "b");
  EXPECT_EQ(file.tensors()[0].tensor.shape, (Shape{2, 3}));
  EXPECT_EQ(file.tensors()[0].offset, bytes.place("data"));
  EXPECT_EQ(file.find("a")->tensor.shape.rank(), 0);
  EXPECT_EQ(file.find("a")->tensor.byte_count(), 1);
  EXPECT_EQ(file.find("none")->tensor.byte_count(), 0);
  EXPECT_EQ(file.metadata().text("format"), "pt");
}

TEST(SafetensorsReader, ReadsAFileWithoutTensors) {
  EXPECT_EQ(read_safetensors("f", test::safetensors_file("{}", 0).bytes()).tensors().size(), 0u);
}

TEST(SafetensorsReader, CopiesTensorsThatTheirFileLeavesUnaligned) {
  const auto bytes =
      test::safetensors_file(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                             R"("b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}})",
                             9);
  const TensorFile file = read_safetensors("f", bytes.bytes());
  const Tensor& b = file.find("b")->tensor;
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b.data) % 4, 0u);
  EXPECT_EQ(std::memcmp(b.data, bytes.bytes().data() + file.find("b")->offset, 8), 0);
}

TEST(SafetensorsReader, OpensEveryReferenceFileAsTheTestReaderDoes) {
  BANTAM_NEEDS_SHARED("reference");
  std::size_t count = 0;
  for (const auto& path : files_below(test::shared("reference"))) {
    SCOPED_TRACE(path);
    const TensorFile file = open_safetensors(path);
    const test::Safetensors expected(path);
    ASSERT_EQ(file.tensors().size(), expected.entries().size());
    for (const TensorEntry& entry : file.tensors()) {
      const auto bytes = expected.bytes(entry.name);
      ASSERT_EQ(static_cast<std::size_t>(entry.tensor.byte_count()), bytes.size()) << entry.name;
      ASSERT_EQ(std::memcmp(entry.tensor.data, bytes.data(), bytes.size()), 0) << entry.name;
    }
    ++count;
  }
  EXPECT_GE(count, 130u);
}

std::vector<NamedTensor> tensors_of(const TensorFile& file) {
  std::vector<NamedTensor> tensors;
  for (const TensorEntry& entry : file.tensors()) tensors.push_back({entry.name, entry.tensor});
  return tensors;
}

TEST(SafetensorsWriter, WritesReferenceModelsByteForByte) {
  const test::TemporaryFolder folder;
  const fs::path copy = folder.path() / "copy.safetensors";
  for (const std::string_view model : {"llama2", "llama3", "llama3-tied", "smollm2"}) {
    const auto path = test::fixture("families") / model / "model.safetensors";
    const TensorFile file = open_safetensors(path);
    std::map<std::string, std::string> metadata;
    for (const auto& [key, entry] : file.metadata().entries()) {
      metadata[key] = std::string(std::get<std::string_view>(entry.value));
    }
    write_safetensors(copy, tensors_of(file), metadata);
    EXPECT_TRUE(MappedFile(copy).text() == MappedFile(path).text()) << model;
  }
}

TEST(SafetensorsWriter, EscapesNamesAndTexts) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "f.safetensors";
  std::vector<std::byte> data(4);
  const std::string name = "a\"\\\n\x01é";
  write_safetensors(path, {{name, Tensor{DType::F32, {1}, data.data()}}}, {{"k\"", "v\t"}});
  const TensorFile file = open_safetensors(path);
  EXPECT_NE(file.find(name), nullptr);
  EXPECT_EQ(file.metadata().text("k\""), "v\t");
}

TEST(SafetensorsWriter, RefusesWhatTheFormatCannotHold) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "f.safetensors";
  std::vector<std::byte> data(64);
  const Tensor floats{DType::F32, {1}, data.data()};
  EXPECT_THROW(write_safetensors(path, {{"a", floats}, {"a", floats}}, {}), Error);
  EXPECT_THROW(write_safetensors(path, {{"a", Tensor{DType::Q8_0, {32}, data.data()}}}, {}), Error);
  EXPECT_THROW(write_safetensors(path, {{"\xff", floats}}, {}), Error);
  EXPECT_THROW(write_safetensors(path, {{"__metadata__", floats}}, {}), Error);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace bantam::formats
