#include "text/json_reader.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace bantam::text {
namespace {

std::string read_string(std::string_view json) {
  JsonReader reader(json, "test.json");
  const std::string text(reader.string("field"));
  reader.finish();
  return text;
}

TEST(JsonReader, UndoesEveryEscape) {
  EXPECT_EQ(read_string(R"("a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00z")"), "a\"\\/\b\f\n\r\té😀z");
  EXPECT_EQ(read_string("\"é\""), "é");
}

TEST(JsonReader, PassesOverValuesAndGivesTheirText) {
  JsonReader reader(R"( {"a": [1, -2.5e3, true, null, "x"], "b": {"c": {}}} )", "test.json");
  std::string seen;
  reader.object("top", [&](const std::string& key) {
    seen += key + "=" + std::string(reader.raw(key)) + ";";
  });
  reader.finish();
  EXPECT_EQ(seen, R"(a=[1, -2.5e3, true, null, "x"];b={"c": {}};)");
}

class RefusedJson : public testing::TestWithParam<std::string> {};

TEST_P(RefusedJson, NamesFileAndByte) {
  JsonReader reader(GetParam(), "test.json");
  try {
    reader.raw("field");
    reader.finish();
    FAIL() << GetParam() << " was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::BadFile);
    EXPECT_TRUE(std::string(error.what()).starts_with("test.json: byte ")) << error.what();
  }
}
INSTANTIATE_TEST_SUITE_P(All, RefusedJson,
                         testing::Values("", "{", "[", "[1", "[1,", "[1,]", "{\"a\"",
                                         "{\"a\":", "{\"a\":1,}", "{a:1}", "tru", "nul", "\"abc",
                                         "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"",
                                         "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "\"\xFF\"",
                                         "\"\xC3\"", "1 2", "--1", "1e", "1e999", "+1", "]",
                                         std::string(33, '[') + std::string(33, ']'),
                                         std::string(100'000, '['), std::string("\0", 1)));

TEST(JsonReader, AllowsTheDeepestNesting) {
  const std::string json = std::string(32, '[') + std::string(32, ']');
  JsonReader reader(json, "test.json");
  EXPECT_EQ(reader.raw("field"), json);
}

TEST(JsonReader, RefusesNumbersThatAreNotWhole) {
  for (const char* json : {"1.5", "9223372036854775808", "1e3", "\"1\"", "true"}) {
    JsonReader reader(json, "test.json");
    EXPECT_THROW(reader.integer("field"), Error) << json;
  }
  JsonReader reader("-9223372036854775808", "test.json");
  EXPECT_EQ(reader.integer("field"), std::numeric_limits<std::int64_t>::min());
}

}  // namespace
}  // namespace bantam::text
