#include "formats/gguf_writer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "formats/gguf_reader.h"
#include "support/file_bytes.h"
#include "support/paths.h"
#include "support/temporary_folder.h"

namespace bantam::formats {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

void write_again(const TensorFile& file, const fs::path& target) {
  GgufWriter writer(target);
  writer.set_all(file.metadata());
  for (const TensorEntry& entry : file.tensors()) {
    writer.declare(entry.name, entry.tensor.type, entry.tensor.shape);
  }
  for (const TensorEntry& entry : file.tensors()) {
    const std::span<const std::byte> data(entry.tensor.data,
                                          static_cast<std::size_t>(entry.tensor.byte_count()));
    const std::size_t half = data.size() / 2;
    writer.append(data.first(half));
    writer.append(data.subspan(half));
  }
  writer.commit();
}

TEST(GgufWriter, WritesWhatItReadByteForByte) {
  const test::TemporaryFolder folder;
  const fs::path original = folder.write("a.gguf", test::tiny_gguf().bytes());
  write_again(open_gguf(original), folder.path() / "b.gguf");
  EXPECT_EQ(MappedFile(folder.path() / "b.gguf").text(), MappedFile(original).text());
}

TEST(GgufWriter, WritesEveryReferenceModelByteForByte) {
  BANTAM_NEEDS_SHARED("reference/families");
  const test::TemporaryFolder folder;
  const fs::path copy = folder.path() / "copy.gguf";
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(test::shared("reference/families"))) {
    if (entry.path().filename() != "model.gguf") continue;
    write_again(open_gguf(entry.path()), copy);
    EXPECT_TRUE(MappedFile(copy).text() == MappedFile(entry.path()).text()) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 55u);
}

TEST(GgufWriter, KeepsThePlaceOfAKeyThatIsSetAgain) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "m.gguf";
  GgufWriter writer(path);
  writer.set("b", "old"sv, GgufType::Text);
  writer.set("a", std::uint64_t{1}, GgufType::U8);
  writer.set("b", "new"sv, GgufType::Text);
  writer.commit();
  const TensorFile file = open_gguf(path);
  EXPECT_EQ(file.metadata().keys_in_file_order()[0], "b");
  EXPECT_EQ(file.metadata().text("b"), "new");
}

TEST(GgufWriter, LeavesNothingBehindWithoutCommit) {
  const test::TemporaryFolder folder;
  {
    GgufWriter writer(folder.path() / "m.gguf");
    writer.declare("a", DType::F32, {8});
    EXPECT_THROW(writer.commit(), Error);
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(GgufWriter, RefusesValuesThatTheTypeCannotHold) {
  const test::TemporaryFolder folder;
  GgufWriter writer(folder.path() / "m.gguf");
  EXPECT_THROW(writer.set("k", std::uint64_t{256}, GgufType::U8), Error);
  EXPECT_THROW(writer.set("k", std::int64_t{-1}, GgufType::U32), Error);
  EXPECT_THROW(writer.set("k", 1.5, GgufType::U32), Error);
  EXPECT_THROW(writer.set("k", std::uint64_t{1}, GgufType::F32), Error);
  EXPECT_THROW(writer.set("k", true, GgufType::U8), Error);
  EXPECT_THROW(writer.set("k", "x"sv, GgufType::Bool), Error);
  EXPECT_THROW(writer.set("k", std::vector<std::int64_t>{1, 128}, GgufType::I8), Error);
  EXPECT_THROW(writer.set("", true, GgufType::Bool), Error);
  EXPECT_THROW(writer.set("general.alignment", std::uint64_t{24}, GgufType::U32), Error);
  EXPECT_NO_THROW(writer.set("k", std::vector<std::int64_t>{1, 127}, GgufType::I8));
}

TEST(GgufWriter, RefusesCallsOutOfOrder) {
  const test::TemporaryFolder folder;
  const std::vector<std::byte> data(64);
  GgufWriter writer(folder.path() / "m.gguf");
  EXPECT_THROW(writer.append(data), Error);
}

TEST(GgufWriter, RefusesTensorsThatTheFormatCannotHold) {
  const test::TemporaryFolder folder;
  GgufWriter writer(folder.path() / "m.gguf");
  writer.declare("a", DType::F32, {8});
  EXPECT_THROW(writer.declare("a", DType::F32, {8}), Error);
  EXPECT_THROW(writer.declare("b", DType::Q8_0, {33}), Error);
  EXPECT_THROW(writer.declare("b", DType::U8, {8}), Error);
  EXPECT_THROW(writer.declare("b", DType::F32, {0}), Error);
  EXPECT_THROW(writer.declare(std::string(129, 'x'), DType::F32, {8}), Error);
  EXPECT_THROW(writer.set("k", true, GgufType::Bool), Error);
  const std::vector<std::byte> data(33);
  EXPECT_THROW(writer.append(data), Error);
}

}  // namespace
}  // namespace bantam::formats
