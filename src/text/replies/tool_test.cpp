#include "text/replies/tool.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "text/replies/literals.h"
#include "text/replies/tagged_calls.h"

namespace bantam::replies {
namespace {

using Json = nlohmann::ordered_json;

TEST(ReadTools, TakesBothForms) {
  const auto tools = read_tools(Json::parse(R"([
    {"type": "function", "function": {"name": "a", "description": "x",
                                      "parameters": {"type": "object", "properties": {"b": {}}}}},
    {"name": "c-1.d:e"}])"));
  ASSERT_EQ(tools.size(), 2u);
  EXPECT_EQ(tools[0].name, "a");
  EXPECT_TRUE(tools[0].parameters["properties"].contains("b"));
  EXPECT_EQ(tools[1].parameters,
            Json::parse(R"({"type": "object", "properties": {}, "additionalProperties": false})"));
  EXPECT_TRUE(read_tools(nullptr).empty());
}

TEST(ReadTools, RefusesWithThePlace) {
  struct Case {
    const char* tools;
    const char* message;
  };
  for (const Case& c : {
           Case{"{}", "tools: found object, expected a list"},
           {"[3]", "tools[0]: found number, expected an object"},
           {R"([{"type": "web_search"}])",
            "tools[0].type: found \"web_search\", expected \"function\""},
           {R"([{"function": 1}])", "tools[0].function: found number, expected an object"},
           {R"([{"function": {}}])",
            "tools[0].function.name: found nothing, expected the function's name"},
           {R"([{"name": "a b"}])",
            "tools[0].name: found \"a b\", expected 1 to 128 letters, digits, '_', '-', '.' or "
            "':'"},
           {R"([{"name": "a"}, {"name": "a"}])",
            "tools[1]: found \"a\" again, expected a name that no other tool has"},
           {R"([{"name": "a", "parameters": []}])",
            "tools[0].parameters: found array, expected a JSON Schema, an object"},
       }) {
    try {
      read_tools(Json::parse(c.tools));
      ADD_FAILURE() << c.tools;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::BadInput);
      EXPECT_STREQ(error.what(), c.message);
    }
  }
}

TEST(ReadTools, TakesAsManyAsTheLimit) {
  Json tools = Json::array();
  for (int i = 0; i < 512; ++i) tools.push_back({{"name", "t" + std::to_string(i)}});
  EXPECT_EQ(read_tools(tools).size(), 512u);
  tools.push_back({{"name", "one_more"}});
  EXPECT_THROW(read_tools(tools), Error);
}

TEST(PlainText, BecomesWhatItsSchemaAllows) {
  const auto json = [](std::string_view text, const char* schema) {
    const Json parsed = Json::parse(schema);
    return json_of_plain_text(text, &parsed);
  };
  EXPECT_EQ(json("1", R"({"type": "string"})"), "\"1\"");
  EXPECT_EQ(json("1", R"({"type": "integer"})"), "1");
  EXPECT_EQ(json("1", R"({"type": "number"})"), "1");
  EXPECT_EQ(json("1.5", R"({"type": "integer"})"), "\"1.5\"");
  EXPECT_EQ(json("null", R"({"type": ["string", "null"]})"), "null");
  EXPECT_EQ(json("None", R"({"type": ["string", "null"]})"), "null");
  EXPECT_EQ(json("True", R"({"type": "boolean"})"), "true");
  EXPECT_EQ(json("True", R"({})"), "true");
  EXPECT_EQ(json("3", R"({"enum": ["3", "4"]})"), "\"3\"");
  EXPECT_EQ(json(" [1]\n", R"({"anyOf": [{"type": "array"}]})"), "[1]");
  EXPECT_EQ(json_of_plain_text("{\"a\": 1}", nullptr), "{\"a\": 1}");
  EXPECT_EQ(json_of_plain_text("a", nullptr), "\"a\"");
  EXPECT_EQ(json_of_plain_text("", nullptr), "\"\"");
}

TEST(LiteralReader, RefusesNestingPastTheLimit) {
  for (const int depth : {LiteralReader::kDepthMax, LiteralReader::kDepthMax + 1}) {
    const std::string lists(static_cast<std::size_t>(depth), '[');
    const std::string text = lists + std::string(static_cast<std::size_t>(depth), ']');
    std::string json;
    EXPECT_EQ(LiteralReader(text, {}).value(json), depth == LiteralReader::kDepthMax);
  }
}

}  // namespace
}  // namespace bantam::replies
