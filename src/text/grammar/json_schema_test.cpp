#include "text/grammar/json_schema.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/paths.h"
#include "text/grammar/test_support.h"

namespace bantam::grammar::test {
namespace {

// The verdicts are those of the Python package jsonschema: see the script beside the table.
TEST(JsonSchema, AcceptsOnlyWhatAnotherValidatorFindsValid) {
  std::ifstream table(bantam::test::fixture("grammar/validity.jsonl"));
  ASSERT_TRUE(table.is_open());
  int rows = 0;
  std::string line, compiled;
  std::optional<Grammar> grammar;
  while (std::getline(table, line)) {
    const auto row = nlohmann::ordered_json::parse(line);
    const std::string schema = row["schema"].dump();
    if (schema != compiled) grammar = compile_json_schema(schema);
    compiled = schema;
    const bool accepted = accepts(*grammar, row["text"].get<std::string>());
    EXPECT_EQ(accepted, row["accepted"].get<bool>()) << line;
    EXPECT_TRUE(!accepted || row["valid"].get<bool>()) << line;
    ++rows;
  }
  EXPECT_GT(rows, 200);
}

TEST(JsonSchema, BoundsWhiteSpace) {
  const Grammar grammar = compile_json_schema(
      R"({"properties":{"a":{"type":"array","items":{"type":"integer"}},"b":{"type":"null"}}})");
  EXPECT_TRUE(accepts(grammar, R"({"a":[1,2],"b":null})"));
  EXPECT_TRUE(accepts(grammar, R"({ "a": [ 1, 2 ], "b": null })"));
  EXPECT_TRUE(accepts(grammar, "{\n  \"a\": [\n\t\t1,\n\t\t2\n  ],\n  \"b\": null\n}"));
  EXPECT_TRUE(accepts(grammar, "{\n" + std::string(32, ' ') + "}"));
  EXPECT_FALSE(accepts(grammar, "{\n" + std::string(33, ' ') + "}"));
  EXPECT_FALSE(accepts(grammar, "{  }"));
  EXPECT_FALSE(accepts(grammar, R"({"a" :[]})"));
  EXPECT_FALSE(accepts(grammar, R"( {})"));
  EXPECT_FALSE(accepts(grammar, R"({} )"));
}

TEST(JsonSchema, JsonModeIsAnyObject) {
  const Grammar grammar = compile_json_object();
  EXPECT_TRUE(accepts(grammar, R"({"a": [1, {"b": "c"}, true]})"));
  EXPECT_FALSE(accepts(grammar, "[1]"));
  EXPECT_FALSE(accepts(grammar, "\"a\""));
}

TEST(JsonSchema, RefusesWhatItCannotEnforceAndNamesThePlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "byte 0: found the end"},
      {"{", "byte 1"},
      {"3", "found no schema"},
      {"[]", "found no schema"},
      {R"({"type":"object","properties":{"a":{"not":{}}}})", "#/properties/a: the keyword \"not\""},
      {R"({"if":{},"then":{}})", "the keyword \"if\""},
      {R"({"type":"array","contains":{}})", "the keyword \"contains\""},
      {R"({"propertyNames":{}})", "the keyword \"propertyNames\""},
      {R"({"dependentRequired":{}})", "the keyword \"dependentRequired\""},
      {R"({"unevaluatedProperties":false})", "the keyword \"unevaluatedProperties\""},
      {R"({"typ":"string"})", "the keyword \"typ\""},
      {R"({"type":"text"})", "type: expected null, boolean"},
      {R"({"type":"array","uniqueItems":true})", "uniqueItems cannot be enforced"},
      {R"({"type":"number","multipleOf":0.1})", "multipleOf is supported only with the value 1"},
      {R"({"type":"string","format":"regex"})", "format: found \"regex\", expected one of date"},
      {R"x({"type":"string","pattern":"(?=a)"})x", "assertions"},
      {R"({"type":"string","pattern":"a","maxLength":3})", "say all of it in one pattern"},
      {R"({"type":"string","minLength":-1})", "minLength: found \"-1\""},
      {R"({"type":"string","maxLength":1.5})", "maxLength"},
      {R"({"type":"array","maxItems":99999999})", "maxItems"},
      {R"({"type":"integer","minimum":"0"})", "minimum: found"},
      {R"({"type":"integer","exclusiveMinimum":true})", "exclusiveMinimum: found \"true\""},
      {R"({"type":"integer","minimum":1e300})", "at most 40 digits"},
      {R"({"$ref":"https://example.org/schema"})", "expected a path inside the schema"},
      {R"({"$ref":"#/$defs/missing"})", "which is not there"},
      {R"({"$ref":"#"})", "refers to itself"},
      {R"({"allOf":[{"$ref":"#"}]})", "refers to itself"},
      {R"({"anyOf":[{"$ref":"#"},{"type":"null"}]})", "refers back to it"},
      {R"({"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]})", "no text fits"},
      {R"({"type":"integer","minimum":3,"maximum":2})", "no text fits"},
      {R"({"allOf":[{"type":"string"},{"type":"null"}]})", "no text fits"},
      {R"({"allOf":[{"properties":{"a":{}},"required":["a"]},{"additionalProperties":false}]})",
       "no text fits"},
      {"false", "no text fits"},
      {R"({"enum":[]})", "enum: expected a list"},
      {R"({"enum":["abc"],"maxLength":2})", "maxLength beside enum"},
      {R"({"oneOf":[{"type":"integer"},{"type":"number"}]})", "may fit another as well"},
      {R"({"oneOf":[{"properties":{"a":{}}},{"properties":{"b":{}}}]})", "may fit another"},
      {R"({"anyOf":{}})", "anyOf: expected a list"},
      {R"({"properties":[]})", "properties: expected an object"},
      {R"({"required":"a"})", "required: expected a list"},
      {R"({"type":"array","items":[{}]})", "use prefixItems"},
      {R"({"properties":{"a":{}},"minProperties":1})", "minProperties and maxProperties"},
      {R"({"additionalProperties":{},"minProperties":2})", "minProperties is supported up to 1"},
      {R"({"patternProperties":{"a":{},"b":{}}})", "one pattern"},
      {R"({"type":"string","type":"null"})", "twice"},
      {R"({"description":"\ud800"})", "surrogate"},
  };
  for (const auto& [source, message] : cases) {
    const std::string error = error_of([&] { compile_json_schema(source); });
    EXPECT_NE(error.find(message), std::string::npos) << source << "\n" << error;
  }
}

TEST(JsonSchema, TakesAlternativesThatOneOfCannotMixUp) {
  for (const char* schema : {R"({"oneOf":[{"const":1},{"const":2},{"type":"string"}]})",
                             R"({"oneOf":[{"type":"object","properties":{"a":{}},"required":["a"]},
                        {"type":"object","properties":{"b":{}},"required":["b"]}]})",
                             R"({"oneOf":[{"$ref":"#/$defs/x"},{"$ref":"#/$defs/y"}],"$defs":{
               "x":{"properties":{"t":{"const":"x"}},"required":["t"]},
               "y":{"properties":{"t":{"const":"y"}},"required":["t"]}}})"}) {
    EXPECT_EQ(error_of([&] { compile_json_schema(schema); }), "") << schema;
  }
}

TEST(JsonSchema, StaysWithinItsLimits) {
  std::string deep = "{\"type\":\"null\"}";
  for (int i = 0; i < 60; ++i) deep = "{\"type\":\"array\",\"items\":" + deep + "}";
  EXPECT_EQ(error_of([&] { compile_json_schema(deep); }), "");
  for (int i = 0; i < 100; ++i) deep = "{\"type\":\"array\",\"items\":" + deep + "}";
  EXPECT_NE(error_of([&] { compile_json_schema(deep); }).find("nested at most 128"),
            std::string::npos);
  const std::string large = "{\"description\":\"" + std::string(256 << 10, 'x') + "\"}";
  EXPECT_NE(error_of([&] { compile_json_schema(large); }).find("expected at most 262144"),
            std::string::npos);
  // Alternatives times alternatives times alternatives.
  std::string all = "{\"allOf\":[";
  for (int i = 0; i < 12; ++i) {
    all += i == 0 ? "{\"anyOf\":[" : ",{\"anyOf\":[";
    for (int k = 0; k < 8; ++k) {
      all += (k == 0 ? "{\"properties\":{\"p" : ",{\"properties\":{\"p") +
             std::to_string(i * 8 + k) + "\":{}}}";
    }
    all += "]}";
  }
  EXPECT_NE(error_of([&] { compile_json_schema(all + "]}"); }).find("combine to more"),
            std::string::npos);
}

TEST(JsonSchema, TakesObjectsOfManyOptionalProperties) {
  std::string schema = "{\"properties\":{";
  for (int i = 0; i < 300; ++i) {
    schema +=
        (i == 0 ? "\"property_" : ",\"property_") + std::to_string(i) + "\":{\"type\":\"string\"}";
  }
  const Grammar grammar = compile_json_schema(schema + "}}");
  EXPECT_TRUE(accepts(grammar, R"({"property_0": "a", "property_17": "b", "property_299": "c"})"));
  EXPECT_FALSE(accepts(grammar, R"({"property_17": "b", "property_0": "a"})"));
}

}  // namespace
}  // namespace bantam::grammar::test
