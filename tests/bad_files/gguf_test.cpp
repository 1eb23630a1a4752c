// Classes of bad GGUF files, each one change away from a good one.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>

#include "bad_files/refusal.h"
#include "base/limits.h"
#include "formats/gguf_reader.h"
#include "support/file_bytes.h"
#include "support/paths.h"
#include "support/temporary_folder.h"

namespace bantam {
namespace {

using test::FileBytes;
using Damage = std::function<void(FileBytes&)>;
using std::uint32_t;
using std::uint64_t;
using std::uint8_t;

struct Class {
  std::string name;
  Damage damage;
  std::vector<std::string> fragments;
  ErrorCode code = ErrorCode::BadFile;
};

template <typename T>
Damage set(const std::string& place, T value, std::size_t shift = 0) {
  return [=](FileBytes& file) { file.set(place, value, shift); };
}

Damage text(const std::string& place, std::string_view value, std::size_t shift = 0) {
  return [=](FileBytes& file) { file.set_text(place, value, shift); };
}

Damage cut(const std::string& place, std::size_t shift = 0) {
  return [=](FileBytes& file) { file.cut(file.place(place) + shift); };
}

Damage both(Damage first, Damage second) {
  return [=](FileBytes& file) {
    first(file);
    second(file);
  };
}

// The file followed by `bytes` zeros, so that a count is not refused for the file's size alone.
Damage longer(std::size_t bytes, Damage damage) {
  return [=](FileBytes& file) {
    file.content().resize(file.content().size() + bytes);
    damage(file);
  };
}

constexpr uint64_t kHuge[] = {1ull << 31, 1ull << 32, 1ull << 62, 1ull << 63, ~0ull};

std::vector<Class> preamble_classes() {
  return {
      {"empty file",
       cut("magic"),
       {"tiny: byte 0: file size: found 0 bytes, expected at least 24"}},
      {"magic cut", cut("magic", 3), {"file size: found 3 bytes"}},
      {"counts cut", cut("kv_count", 7), {"file size: found 23 bytes"}},
      {"other magic", text("magic", "GGML"), {"byte 0: magic: found \"GGML\", expected \"GGUF\""}},
      {"lower-case magic", text("magic", "gguf"), {"byte 0: magic"}},
      {"zip archive", text("magic", "PK\x03\x04"), {"magic: found \"PK\\x03\\x04\""}},
      {"version 0", set<uint32_t>("version", 0), {"byte 4: version: found 0, expected 2 or 3"}},
      {"version 1",
       set<uint32_t>("version", 1),
       {"byte 4: version: found 1", "convert"},
       ErrorCode::Unsupported},
      {"version 4", set<uint32_t>("version", 4), {"byte 4: version: found 4, expected 2 or 3"}},
      {"version of all ones", set("version", ~uint32_t{0}), {"version: found 4294967295"}},
      {"big endian",
       set<uint32_t>("version", 0x03000000),
       {"byte 4: version: found a big-endian file"},
       ErrorCode::Unsupported},
      {"one tensor too many for the limit",
       longer(3'000'000, set<uint64_t>("tensor_count", limits::kGgufTensorsMax + 1)),
       {"byte 8: tensor_count: found 65537, expected at most 65536"}},
      {"one key too many for the limit",
       longer(3'000'000, set<uint64_t>("kv_count", limits::kGgufKeyValuesMax + 1)),
       {"byte 16: metadata_kv_count: found 65537, expected at most 65536"}},
      {"more tensors than the file has room for",
       set<uint64_t>("tensor_count", 60'000),
       {"byte 8: tensor_count: found 60000", "in a file of"}},
      {"more keys than there are", set<uint64_t>("kv_count", 11), {"byte "}},
      {"fewer keys than there are", set<uint64_t>("kv_count", 9), {"byte "}},
      {"fewer tensors and no keys", set<uint64_t>("kv_count", 0), {"byte "}},
  };
}

std::vector<Class> key_classes() {
  return {
      {"empty key", set<uint64_t>("general.architecture", 0), {"key: found \"\""}},
      {"key past the limit",
       longer(100'000, set<uint64_t>("general.architecture", limits::kGgufKeyBytesMax + 1)),
       {"key: found a length of 65536 bytes, expected at most 65535"}},
      {"key past the end", set<uint64_t>("types", 60'000), {"key: found 60000 bytes"}},
      {"key that is not UTF-8", text("llama.flag", "\xff", 8), {"key: found \"\\xff"}},
      {"key with an overlong form", text("llama.flag", "\xc0\x80", 8), {"UTF-8"}},
      {"key with a line break", text("llama.flag", "\n", 8), {"control characters"}},
      {"key with a zero byte", text("llama.flag", std::string_view("\0", 1), 8), {"\\x00"}},
      {"value type 13",
       set<uint32_t>("llama.flag.type", 13),
       {"llama.flag: found value type 13, expected 0 to 12"}},
      {"value type of all ones", set("llama.flag.type", ~uint32_t{0}), {"value type 4294967295"}},
      {"boolean 2",
       set<uint8_t>("llama.flag.value", 2),
       {"llama.flag: found the boolean 2, expected 0 or 1"}},
      {"boolean 255 in an array",
       set<uint8_t>("flags.items", 255, 1),
       {"flags: found the boolean 255"}},
      {"text past the limit",
       longer(2'000'000,
              set<uint64_t>("general.architecture.value", limits::kGgufTextBytesMax + 1)),
       {"general.architecture: found a text of 1048577 bytes, expected at most 1048576"}},
      {"text past the end",
       set<uint64_t>("general.architecture.value", 5000),
       {"general.architecture: found 5000 bytes"}},
      {"text in an array past the end",
       set<uint64_t>("tokens.items", 100'000, 11),
       {"tokens: found 100000 bytes"}},
      {"array of arrays", set<uint32_t>("scores.value", 9), {"scores: found an array of arrays"}},
      {"array of an unknown type",
       set<uint32_t>("scores.value", 77),
       {"scores: found value type 77"}},
      {"array past the limit",
       longer(100, set<uint64_t>("scores.value", limits::kGgufArrayItemsMax + 1, 4)),
       {"scores: found an array of 16777217 items, expected at most 16777216"}},
      {"array past the end",
       set<uint64_t>("scores.value", 10'000, 4),
       {"scores: found 40000 bytes"}},
      {"alignment 0",
       set<uint32_t>("general.alignment.value", 0),
       {"general.alignment: found 0, expected a power of two from 8 to 4096"}},
      {"alignment 4", set<uint32_t>("general.alignment.value", 4), {"general.alignment: found 4"}},
      {"alignment 24",
       set<uint32_t>("general.alignment.value", 24),
       {"general.alignment: found 24"}},
      {"alignment 8192", set<uint32_t>("general.alignment.value", 8192), {"found 8192"}},
      {"alignment 2^31", set<uint32_t>("general.alignment.value", 1u << 31), {"found 2147483648"}},
      {"alignment as i32",
       set<uint32_t>("general.alignment.type", 5),
       {"general.alignment: found type i32, expected type u32"}},
      {"architecture as an array", set<uint32_t>("general.architecture.type", 9), {"byte "}},
      {"keys cut",
       cut("llama.large.value", 3),
       {"llama.large: found 8 bytes, expected at most the 3"}},
  };
}

std::vector<Class> tensor_classes() {
  return {
      {"tensor without a name", set<uint64_t>("norm", 0), {"tensor name: found \"\""}},
      {"tensor name past the limit",
       set<uint64_t>("embed", limits::kGgufNameBytesMax + 1),
       {"tensor name: found a length of 129 bytes, expected at most 128"}},
      {"tensor name that is not UTF-8", text("norm", "\xed\xa0\x80", 8), {"tensor name", "UTF-8"}},
      {"tensor name with an escape sequence", text("norm", "\x1b[2J", 8), {"\\x1b[2J"}},
      {"no axes", set<uint32_t>("norm.rank", 0), {"norm: n_dimensions: found 0, expected 1 to 4"}},
      {"five axes", set<uint32_t>("norm.rank", 5), {"norm: n_dimensions: found 5"}},
      {"2^32 - 1 axes", set("norm.rank", ~uint32_t{0}), {"norm: n_dimensions: found 4294967295"}},
      {"extent 0", set<uint64_t>("embed.extents", 0), {"embed: dimensions: found extent 0"}},
      {"second extent 0",
       set<uint64_t>("embed.extents", 0, 8),
       {"embed: dimensions: found extent 0"}},
      {"extents whose product wraps to 0",
       both(set<uint64_t>("embed.extents", 1ull << 32),
            set<uint64_t>("embed.extents", 1ull << 32, 8)),
       {"embed: dimensions", "fewer than 2^63 values"}},
      {"values fit in 64 bits and bytes do not",
       both(set<uint64_t>("embed.extents", 1ull << 62), set<uint64_t>("embed.extents", 1, 8)),
       {"embed: dimensions", "fewer than 2^63 bytes"}},
      {"row not a multiple of the block",
       set<uint64_t>("output.extents", 33),
       {"output: type: found q8_0 for rows of 33 values, expected rows of a multiple of 32"}},
      {"removed type q4_2",
       set<uint32_t>("embed.type", 4),
       {"byte ", "embed: type: found type 4 (q4_2)", "convert"},
       ErrorCode::Unsupported},
      {"removed type q4_0_8_8",
       set<uint32_t>("embed.type", 33),
       {"(q4_0_8_8)"},
       ErrorCode::Unsupported},
      {"type past the last", set<uint32_t>("embed.type", 43), {"embed: type: found type 43"}},
      {"type of all ones", set("embed.type", ~uint32_t{0}), {"embed: type: found type 4294967295"}},
      {"type of our own that GGUF lacks", set<uint32_t>("embed.type", 1001), {"found type 1001"}},
      {"offset that is not aligned",
       set<uint64_t>("norm.offset", 392),
       {"norm: offset: found 392, expected a multiple of the alignment 32"}},
      {"offset at the end of the data",
       set<uint64_t>("norm.offset", 640),
       {"norm: offset: found 640 for 128 bytes", "inside the file"}},
      {"tensor reaching past the end",
       set<uint64_t>("output.extents", 6, 8),
       {"output: offset: found 512 for 204 bytes"}},
      {"offset that wraps",
       set<uint64_t>("norm.offset", ~uint64_t{31}),
       {"norm: offset: found 18446744073709551584"}},
      {"two tensors at one place", set<uint64_t>("norm.offset", 0), {"expected at least", "ends"}},
      {"tensors that overlap in part",
       set<uint64_t>("norm.offset", 352),
       {"norm: offset: found 352, expected at least 384, where embed ends"}},
      {"infos cut", cut("output.offset", 5), {"output: offset: found 5 bytes before the end"}},
      {"no data", cut("data"), {"inside the file"}},
      {"data cut", cut("data", 613), {"output: offset: found 512 for 102 bytes"}},
  };
}

// Names of equal length twice, which needs places that the tiny file does not have.
FileBytes with_names(const std::string& first_key, const std::string& second_key,
                     const std::string& first_tensor, const std::string& second_tensor) {
  FileBytes file;
  file.raw("GGUF").put<uint32_t>(3).put<uint64_t>(2).put<uint64_t>(2);
  for (const auto& key : {first_key, second_key}) file.text(key).put<uint32_t>(0).put<uint8_t>(1);
  uint64_t offset = 0;
  for (const auto& tensor : {first_tensor, second_tensor}) {
    file.text(tensor).put<uint32_t>(1).put<uint64_t>(8).put<uint32_t>(0).put(offset);
    offset += 32;
  }
  file.pad_to(32).raw(std::string(64, '\0'));
  return file;
}

void expect_refused(const Class& bad, const FileBytes& file) {
  test::expect_refusal({bad.name, bad.fragments, bad.code},
                       [&] { formats::read_gguf("tiny", file.bytes()); });
}

void expect_all_refused(const std::vector<Class>& classes) {
  for (const Class& bad : classes) {
    FileBytes file = test::tiny_gguf();
    bad.damage(file);
    expect_refused(bad, file);
  }
}

TEST(BadGguf, WithABadPreambleIsRefused) { expect_all_refused(preamble_classes()); }
TEST(BadGguf, WithBadMetadataIsRefused) { expect_all_refused(key_classes()); }
TEST(BadGguf, WithBadTensorsIsRefused) { expect_all_refused(tensor_classes()); }

TEST(BadGguf, WithHugeNumbersInAnyFieldIsRefused) {
  const std::vector<std::pair<std::string, std::size_t>> fields = {
      {"tensor_count", 0}, {"kv_count", 0},       {"general.architecture", 0},
      {"tokens", 0},       {"tokens.items", 0},   {"general.architecture.value", 0},
      {"norm", 0},         {"embed.extents", 0},  {"embed.extents", 8},
      {"norm.extents", 0}, {"output.extents", 8}, {"embed.offset", 0},
      {"norm.offset", 0},  {"scores.value", 4},   {"tokens.value", 4},
      {"flags.value", 4},  {"types.value", 4},    {"output.offset", 0},
  };
  for (const auto& [place, shift] : fields) {
    for (const uint64_t value : kHuge) {
      for (const uint64_t near : {value - 1, value, value + 1}) {
        if (near == 0) continue;  // 2^64 - 1 + 1
        FileBytes file = test::tiny_gguf();
        file.set(place, near, shift);
        expect_refused({place + " = " + std::to_string(near), {}, {"byte "}}, file);
      }
    }
  }
}

TEST(BadGguf, WithOneNameTwiceIsRefused) {
  EXPECT_NO_THROW(formats::read_gguf("f", with_names("a", "b", "s", "t").bytes()));
  expect_refused({"a key twice", {}, {"key: found a second \"a\", expected each key once"}},
                 with_names("a", "a", "s", "t"));
  expect_refused({"a tensor twice", {}, {"tensor name: found a second \"s\""}},
                 with_names("a", "b", "s", "s"));
}

TEST(BadGguf, WithAHeaderPastTheLimitIsRefusedWithoutReadingItAll) {
  const test::TemporaryFolder folder;
  FileBytes head;
  head.raw("GGUF").put<uint32_t>(3).put<uint64_t>(0).put<uint64_t>(1).text("texts");
  head.put<uint32_t>(9).put<uint32_t>(8).put<uint64_t>(300);
  const auto path = folder.write("large.gguf", head.bytes());
  // A sparse file: 300 texts of 1 MiB each.
  const uint64_t length = limits::kGgufTextBytesMax;
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  auto place = static_cast<::off_t>(head.bytes().size());
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(::pwrite(descriptor, &length, sizeof length, place), 8);
    place += static_cast<::off_t>(sizeof length + length);
  }
  ASSERT_EQ(::ftruncate(descriptor, place), 0);
  ::close(descriptor);
  test::expect_refusal({"header past the limit", {"expected at most 268435456"}},
                       [&] { formats::open_gguf(path); });
}

TEST(BadGguf, AtALimitIsStillRead) {
  FileBytes file = with_names(std::string(limits::kGgufKeyBytesMax, 'k'), "b",
                              std::string(limits::kGgufNameBytesMax, 't'), "u");
  EXPECT_EQ(formats::read_gguf("f", file.bytes()).tensors().size(), 2u);
}

TEST(BadGguf, OfOthersIsRefusedOrReadRight) {
  BANTAM_NEEDS_SHARED("data/models/gguf-malformed-fuzz");
  const auto folder = test::shared("data/models/gguf-malformed-fuzz");
  for (const char* name : {"hdr-wrap-first-offset.gguf", "hdr-zero-first-dim.gguf",
                           "huge-counts.bin", "kv-arr-huge-n.bin", "kv-huge-strlen.bin",
                           "magic-only.bin", "tensor-huge-dims.bin", "trunc-magic.bin"}) {
    test::expect_refusal({name, {name, ": byte "}}, [&] { formats::open_gguf(folder / name); });
  }
  test::expect_refusal({"bad-version.bin", {"version: found 1"}, ErrorCode::Unsupported},
                       [&] { formats::open_gguf(folder / "bad-version.bin"); });
  for (const char* name : {"v3-empty.bin", "valid-small.gguf", "tiny-random-90K-f32.gguf"}) {
    EXPECT_NO_THROW(formats::open_gguf(folder / name)) << name;
  }
}

}  // namespace
}  // namespace bantam
