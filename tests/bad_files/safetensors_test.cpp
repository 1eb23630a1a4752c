// Classes of bad safetensors files.
#include <gtest/gtest.h>

#include "bad_files/refusal.h"
#include "base/limits.h"
#include "formats/safetensors_reader.h"
#include "support/file_bytes.h"

namespace bantam {
namespace {

struct Class {
  std::string name;
  std::string header;
  std::size_t data_bytes;
  std::vector<std::string> fragments;
  ErrorCode code = ErrorCode::BadFile;
};

// A header of one tensor "a" with this body.
std::string one(const std::string& body) { return "{\"a\":{" + body + "}}"; }

std::string tensor(const std::string& type, const std::string& shape, const std::string& offsets) {
  return one("\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets);
}

std::string two(const std::string& first, const std::string& second,
                const std::string& second_name = "b") {
  return "{\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":" + first + "},\"" + second_name +
         "\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":" + second + "}}";
}

const std::vector<Class>& classes() {
  static const std::vector<Class> kClasses = {
      {"header that is an array", "[]", 0, {"byte 8: header: found \"[\""}},
      {"header that starts with a space", " {}", 0, {"byte 8: header: found \" \""}},
      {"header of zeros", std::string(8, '\0'), 0, {"byte 8: header"}},
      {"header that does not end", "{\"a\":{", 0, {"byte ", "JSON"}},
      {"text behind the header", "{}x", 0, {"byte 10: JSON: found \"x\""}},
      {"second object behind the header", "{}{}", 0, {"byte 10: JSON"}},
      {"zero bytes behind the header", std::string("{}\0\0", 4), 0, {"byte 10: JSON"}},
      {"entry that is a number", "{\"a\":1}", 0, {"a: found a number, expected an object"}},
      {"entry that is null", "{\"a\":null}", 0, {"a: found null"}},
      {"entry without fields", one(""), 0, {"a: found the end of the entry"}},
      {"no dtype",
       one(R"("shape":[1],"data_offsets":[0,1])"),
       1,
       {"dtype, shape and data_offsets"}},
      {"no shape", one(R"("dtype":"I8","data_offsets":[0,1])"), 1, {"dtype, shape"}},
      {"no offsets", one(R"("dtype":"I8","shape":[1])"), 1, {"dtype, shape and data_offsets"}},
      {"unknown field",
       one(R"("dtype":"I8","shape":[1],"data_offsets":[0,1],"x":1)"),
       1,
       {"a: found a field \"x\""}},
      {"field twice",
       one(R"("dtype":"I8","dtype":"I8","shape":[1],"data_offsets":[0,1])"),
       1,
       {"a second key \"dtype\""}},
      {"unknown dtype", tensor("F31", "[1]", "[0,4]"), 4, {"a: dtype: found \"F31\""}},
      {"lower-case dtype", tensor("f32", "[1]", "[0,4]"), 4, {"a: dtype: found \"f32\""}},
      {"dtype that is a number",
       one(R"("dtype":1,"shape":[1],"data_offsets":[0,1])"),
       1,
       {"a: dtype: found a number, expected text"}},
      {"dtype that we do not read",
       tensor("F8_E8M0", "[1]", "[0,1]"),
       1,
       {"byte ", "a: dtype: found F8_E8M0", "convert"},
       ErrorCode::Unsupported},
      {"complex numbers", tensor("C64", "[1]", "[0,8]"), 8, {"C64"}, ErrorCode::Unsupported},
      {"five axes",
       tensor("I8", "[1,1,1,1,1]", "[0,1]"),
       1,
       {"more than 4 axes"},
       ErrorCode::Unsupported},
      {"shape that is a number", tensor("I8", "1", "[0,1]"), 1, {"a: shape: found a number"}},
      {"shape of texts", tensor("I8", "[\"1\"]", "[0,1]"), 1, {"a: shape: found text"}},
      {"negative extent", tensor("I8", "[-1]", "[0,1]"), 1, {"a: shape: found -1"}},
      {"fractional extent", tensor("I8", "[1.0]", "[0,1]"), 1, {"a: shape: found 1.0"}},
      {"extent past 64 bits", tensor("I8", "[18446744073709551616]", "[0,1]"), 1, {"a: shape"}},
      {"extents that wrap to 0",
       tensor("I8", "[4294967296,4294967296]", "[0,0]"),
       0,
       {"a: shape: found extent 4294967296"}},
      {"extents that wrap with 0 last",
       tensor("I8", "[4294967296,4294967296,0]", "[0,0]"),
       0,
       {"a: shape"}},
      {"bytes that wrap", tensor("F64", "[2305843009213693952]", "[0,0]"), 0, {"a: data_offsets"}},
      {"offsets in the wrong order",
       tensor("I8", "[1]", "[1,0]"),
       1,
       {"a: data_offsets: found [1, 0]"}},
      {"one offset", tensor("I8", "[1]", "[0]"), 1, {"a: data_offsets"}},
      {"three offsets", tensor("I8", "[1]", "[0,1,2]"), 1, {"a: data_offsets"}},
      {"negative offset", tensor("I8", "[1]", "[-1,0]"), 1, {"a: data_offsets: found -1"}},
      {"offset past 64 bits", tensor("I8", "[1]", "[0,99999999999999999999]"), 1, {"data_offsets"}},
      {"more bytes than the shape says",
       tensor("F32", "[1]", "[0,8]"),
       8,
       {"a: data_offsets: found [0, 8], 8 bytes, expected 1 values of 4 bytes"}},
      {"fewer bytes than the shape says", tensor("F32", "[2]", "[0,4]"), 4, {"a: data_offsets"}},
      {"tensor past the end",
       tensor("I8", "[4]", "[0,4]"),
       3,
       {"a: data_offsets: found an end of 4, expected at most the 3 bytes"}},
      {"bytes behind the last tensor",
       tensor("I8", "[4]", "[0,4]"),
       5,
       {"data: found 5 bytes, expected the 4"}},
      {"data without tensors", "{}", 1, {"data: found 1 bytes, expected the 0"}},
      {"gap before the first tensor",
       tensor("I8", "[4]", "[4,8]"),
       8,
       {"a: data_offsets: found a start of 4, expected 0"}},
      {"gap between tensors", two("[0,4]", "[5,9]"), 9, {"b: data_offsets: found a start of 5"}},
      {"overlapping tensors", two("[0,4]", "[3,7]"), 7, {"b: data_offsets: found a start of 3"}},
      {"two tensors at one place", two("[0,4]", "[0,4]"), 4, {"found a start of 0, expected 4"}},
      {"offsets near 2^64",
       two("[0,4]", "[18446744073709551612,18446744073709551615]"),
       4,
       {"byte "}},
      {"a tensor name twice", two("[0,4]", "[4,8]", "a"), 8, {"a second key \"a\""}},
      {"a tensor name twice, once escaped",
       two("[0,4]", "[4,8]", "\\u0061"),
       8,
       {"a second key \"a\""}},
      {"name that is not UTF-8", two("[0,4]", "[4,8]", "\xff"), 8, {"UTF-8"}},
      {"name past the limit",
       two("[0,4]", "[4,8]", std::string(limits::kSafetensorsNameBytesMax + 1, 'x')),
       8,
       {"tensor name: found a length of 1025 bytes, expected at most 1024"}},
      {"metadata that is a list", "{\"__metadata__\":[]}", 0, {"__metadata__: found an array"}},
      {"metadata with a number", "{\"__metadata__\":{\"k\":1}}", 0, {"k: found a number"}},
      {"metadata with an object", "{\"__metadata__\":{\"k\":{}}}", 0, {"k: found an object"}},
      {"metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, {"a second key"}},
      {"metadata key twice", "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, {"a second key"}},
      {"deep nesting", "{\"a\":" + std::string(100'000, '[') + "}", 0, {"byte "}},
      {"many small keys",
       [] {
         std::string header = "{\"__metadata__\":{";
         for (int i = 0; i < 400'000; ++i) header += "\"" + std::to_string(i) + "\":\"\",";
         return header + "\"k\":\"\"}}";
       }(),
       0,
       {"__metadata__: found one text more, expected at most 4096"}},
      {"too many tensors",
       [] {
         std::string header = "{";
         for (std::uint64_t i = 0; i <= limits::kSafetensorsTensorsMax; ++i) {
           header +=
               "\"" + std::to_string(i) + R"(":{"dtype":"I8","shape":[0],"data_offsets":[0,0]},)";
         }
         header.back() = '}';
         return header;
       }(),
       0,
       {"one tensor more, expected at most 32768"}},
  };
  return kClasses;
}

TEST(BadSafetensors, IsRefused) {
  for (const Class& bad : classes()) {
    const test::FileBytes file = test::safetensors_file(bad.header, bad.data_bytes);
    test::expect_refusal({bad.name, bad.fragments, bad.code},
                         [&] { formats::read_safetensors("f", file.bytes()); });
  }
}

TEST(BadSafetensors, WithABadHeaderLengthIsRefused) {
  for (const std::uint64_t length :
       {0ull, 1ull, 17ull, 1000ull, 1ull << 31, 1ull << 32, 1ull << 62, (1ull << 63) - 8, ~0ull}) {
    test::FileBytes file = test::safetensors_file("{}      {}", 0);
    file.set("length", length);
    test::expect_refusal({"length " + std::to_string(length), {"f: byte 0: header length: found"}},
                         [&] { formats::read_safetensors("f", file.bytes()); });
  }
  for (std::size_t size = 0; size < 8; ++size) {
    test::FileBytes file = test::safetensors_file("{}", 0);
    file.cut(size);
    test::expect_refusal({"cut", {"f: byte 0: header length"}},
                         [&] { formats::read_safetensors("f", file.bytes()); });
  }
}

TEST(BadSafetensors, WithAHeaderPastTheLimitIsRefused) {
  std::string header(limits::kSafetensorsHeaderBytesMax + 8, ' ');
  header.replace(0, 2, "{}");
  const test::FileBytes file = test::safetensors_file(header, 0);
  test::expect_refusal({"header past the limit", {"header length: found 33554440, expected 2 to"}},
                       [&] { formats::read_safetensors("f", file.bytes()); });
}

}  // namespace
}  // namespace bantam
