#include "formats/json_reader.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace bantam::formats {
namespace {

// The whole document as one line of tokens.
std::string tokens_of(std::string_view text, JsonLimits limits = {}) {
  JsonReader json("f.json", text, 0, limits);
  std::string out;
  for (JsonToken token = json.next(); token != JsonToken::End; token = json.next()) {
    switch (token) {
      case JsonToken::BeginObject:
        out += "{ ";
        break;
      case JsonToken::EndObject:
        out += "} ";
        break;
      case JsonToken::BeginArray:
        out += "[ ";
        break;
      case JsonToken::EndArray:
        out += "] ";
        break;
      case JsonToken::Key:
        out += std::string(json.text()) + ": ";
        break;
      case JsonToken::Text:
        out += "'" + std::string(json.text()) + "' ";
        break;
      case JsonToken::Number:
        out += std::string(json.text()) + " ";
        break;
      default:
        out += std::string(json_token_name(token)) + " ";
    }
  }
  return out;
}

TEST(JsonReader, ReadsEveryKindOfValue) {
  EXPECT_EQ(tokens_of(R"( {"a" : [1, -2.5e+3, true,false , null, "x"], "b":{} , "":[]} )"),
            "{ a: [ 1 -2.5e+3 true false null 'x' ] b: { } : [ ] } ");
}

TEST(JsonReader, DecodesEscapes) {
  EXPECT_EQ(tokens_of(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00z")"),
            "'\"\\/\b\f\n\r\tAé€😀z' ");
}

TEST(JsonReader, TakesPythonsNumbersWhereAllowed) {
  EXPECT_EQ(tokens_of("[NaN, Infinity, -Infinity, -1]", {.allow_python_numbers = true}),
            "[ NaN Infinity -Infinity -1 ] ");
  EXPECT_THROW(tokens_of("[Infinity]"), Error);
  EXPECT_THROW(tokens_of("[-Infinity]"), Error);
}

TEST(JsonReader, RefusesWhatTheStandardDoesNotAllow) {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "}",
                                      "[",
                                      "]",
                                      "[1",
                                      "[1,",
                                      "[1,]",
                                      "[,1]",
                                      "[1 2]",
                                      "{\"a\"",
                                      "{\"a\":",
                                      "{\"a\":1",
                                      "{\"a\":1,",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "{\"a\" 1}",
                                      "{1:1}",
                                      "{\"a\":}",
                                      "01",
                                      "-",
                                      "-a",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "1e+",
                                      "+1",
                                      "0x10",
                                      "--1",
                                      "tru",
                                      "True",
                                      "nul",
                                      "NaN",
                                      "1 2",
                                      "{} {}",
                                      "[]]",
                                      "\"",
                                      "\"a",
                                      "\"\\",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"\\u12g4\"",
                                      "\"\\u+123\"",
                                      "\"\\ud800\"",
                                      "\"\\ud800x\"",
                                      "\"\\ud800\\u0041\"",
                                      "\"\\udc00\"",
                                      "\"\n\"",
                                      "\"\x01\"",
                                      "\"\xff\"",
                                      "\"\xc0\x80\"",
                                      "\"\xed\xa0\x80\"",
                                      "\"\xf4\x90\x80\x80\"",
                                      "\"\xe2\x82\"",
                                      "[1]//",
                                      "/**/1",
                                      "\xef\xbb\xbf{}",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"a\":1,\"\\u0061\":2}"}) {
    EXPECT_THROW(tokens_of(text), Error) << text;
  }
  EXPECT_THROW(tokens_of(std::string_view("\"\0\"", 3)), Error);
  EXPECT_THROW(tokens_of(std::string_view("\0", 1)), Error);
}

TEST(JsonReader, TakesTheSameKeyInDifferentObjects) {
  EXPECT_EQ(tokens_of(R"({"a":{"a":1},"b":{"a":2}})"), "{ a: { a: 1 } b: { a: 2 } } ");
}

TEST(JsonReader, NamesTheByteOfAFault) {
  try {
    tokens_of(R"({"a": 1, "b": ?})");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "f.json: byte 14: JSON: found \"?\", expected a value");
  }
}

TEST(JsonReader, BoundsDepthAtItsLimit) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_NO_THROW(tokens_of(nested(64)));
  EXPECT_THROW(tokens_of(nested(65)), Error);
  EXPECT_THROW(tokens_of(nested(10'000'000)), Error);
}

TEST(JsonReader, BoundsKeysAtTheirLimit) {
  EXPECT_NO_THROW(tokens_of(R"({"a":{"b":1}})", {.keys_max = 2}));
  EXPECT_THROW(tokens_of(R"({"a":{"b":1},"c":1})", {.keys_max = 2}), Error);
}

TEST(JsonReader, SkipsAContainerWhole) {
  JsonReader json("f", R"([{"a":[1,{"b":2}]},3])", 0, {});
  json.next();
  json.next();
  json.skip_container();
  EXPECT_EQ(json.next(), JsonToken::Number);
  EXPECT_EQ(json.natural("n"), 3u);
}

TEST(JsonReader, RefusesNumbersThatAreNotNatural) {
  for (const std::string_view text : {"-1", "1.0", "1e3", "18446744073709551616"}) {
    JsonReader json("f", text, 0, {});
    json.next();
    EXPECT_THROW(json.natural("n"), Error) << text;
  }
}

}  // namespace
}  // namespace bantam::formats
