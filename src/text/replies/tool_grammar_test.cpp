#include "text/replies/tool_grammar.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/error.h"
#include "text/replies/dialect.h"
#include "text/replies/gbnf_sampler.h"
#include "text/replies/test_replies.h"

namespace bantam::replies {
namespace {

using Json = nlohmann::ordered_json;
using Kind = ToolChoice::Kind;

ReplyFormat format_of(const Dialect& dialect) {
  ReplyFormat format;
  format.dialect = &dialect;
  return format;
}

std::vector<Tool> described_tools() {
  return read_tools(Json::parse(R"([
    {"name": "now"},
    {"name": "set", "parameters": {"type": "object", "properties": {
        "text": {"type": "string"}, "count": {"type": "integer"},
        "unit": {"type": "string", "enum": ["c", "f"]}, "flag": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}}}, "required": ["text", "flag"]}},
    {"name": "all_required", "parameters": {"type": "object", "properties": {
        "a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["a", "b"]}}
  ])"));
}

test::Said said(const ReplyFormat& format, std::span<const Tool> tools, const std::string& text) {
  const std::vector<test::Piece> pieces = {{text}};
  return parse(format, {.tools = tools}, pieces);
}

// Whether a value is of the types and enumerations that the sampled schemas use.
bool fits(const Json& value, const Json& schema) {
  const std::string type = schema.value("type", "");
  if (type == "string" && !value.is_string()) return false;
  if (type == "integer" && !value.is_number_integer()) return false;
  if (type == "boolean" && !value.is_boolean()) return false;
  if (type == "array" && !value.is_array()) return false;
  if (schema.contains("enum")) {
    return std::find(schema["enum"].begin(), schema["enum"].end(), value) != schema["enum"].end();
  }
  if (type != "object") return true;
  if (!value.is_object()) return false;
  for (const Json& key : schema.value("required", Json::array())) {
    if (!value.contains(key.get<std::string>())) return false;
  }
  for (const auto& [key, member] : value.items()) {
    if (!schema["properties"].contains(key) || !fits(member, schema["properties"][key])) {
      return false;
    }
  }
  return true;
}

TEST(ToolGrammar, EveryTextOfItIsReadAsCallsThatFitTheirSchemas) {
  const std::vector<Tool> tools = described_tools();
  const std::uint32_t seed = 11;
  std::mt19937 random(seed);
  for (const Dialect& dialect : dialects()) {
    const ReplyFormat format = format_of(dialect);
    const auto grammar = tool_grammar(format, tools, {.kind = Kind::Required});
    ASSERT_TRUE(grammar);
    EXPECT_EQ(grammar->trigger, "");
    std::size_t most = 0;
    for (int i = 0; i < 400; ++i) {
      const std::string text = test::sample_grammar(*grammar, random);
      const test::Said reply = said(format, tools, text);
      ASSERT_EQ(reply.content, "") << dialect.name << ": " << text;
      ASSERT_FALSE(reply.calls.empty()) << dialect.name << ": " << text;
      most = std::max(most, reply.calls.size());
      for (const ToolCall& call : reply.calls) {
        const Tool* tool = find_tool(tools, call.name);
        ASSERT_TRUE(tool && fits(Json::parse(call.arguments), tool->parameters))
            << dialect.name << ": " << text << "\nread as " << call.arguments;
      }
    }
    EXPECT_EQ(most > 1, !dialect.is_single) << dialect.name;
  }
}

TEST(ToolGrammar, AFunctionIsCalledOnceAndNoOther) {
  const std::vector<Tool> tools = described_tools();
  std::mt19937 random(5);
  for (const Dialect& dialect : dialects()) {
    const ReplyFormat format = format_of(dialect);
    const auto grammar = tool_grammar(format, tools, {.kind = Kind::Function, .function = "set"});
    for (int i = 0; i < 50; ++i) {
      const std::string text = test::sample_grammar(*grammar, random);
      const test::Said reply = said(format, tools, text);
      ASSERT_EQ(reply.calls.size(), 1u) << text;
      EXPECT_EQ(reply.calls[0].name, "set");
    }
  }
}

TEST(ToolGrammar, OneCallAtATimeIfSeveralAreNotAllowed) {
  const std::vector<Tool> tools = described_tools();
  std::mt19937 random(6);
  for (const Dialect& dialect : dialects()) {
    const ReplyFormat format = format_of(dialect);
    const auto grammar =
        tool_grammar(format, tools, {.kind = Kind::Required, .allows_several = false});
    for (int i = 0; i < 50; ++i) {
      EXPECT_EQ(said(format, tools, test::sample_grammar(*grammar, random)).calls.size(), 1u);
    }
  }
}

TEST(ToolGrammar, WhatIsOptionalBeginsWithItsTrigger) {
  const std::vector<Tool> tools = described_tools();
  std::mt19937 random(8);
  for (const Dialect& dialect : dialects()) {
    const auto grammar = tool_grammar(format_of(dialect), tools, {});
    ASSERT_NE(grammar->trigger, "") << dialect.name;
    bool begins = false;
    for (int i = 0; i < 20; ++i) {
      const std::string text = test::sample_grammar(*grammar, random);
      begins = begins || text.starts_with(grammar->trigger);
      EXPECT_NE(text.find(grammar->trigger), text.npos) << dialect.name << ": " << text;
    }
    EXPECT_TRUE(begins) << dialect.name;
  }
}

TEST(ToolGrammar, ReadsAsWritten) {
  const std::vector<Tool> tools = read_tools(Json::parse(R"([{"name": "now"}])"));
  const auto grammar =
      tool_grammar(format_of(dialect_named("hermes")), tools, {.kind = Kind::Required});
  EXPECT_EQ(
      grammar->gbnf,
      R"(tool-1 ::= "<tool_call>\n{\"name\": \"now\", \"arguments\": " arguments-0 "}\n</tool_call>"
call-2 ::= tool-1
root ::= ("\n" "\n"?)? "" call-2 ("\n" call-2)* ""
)");
  ASSERT_EQ(grammar->schemas.size(), 1u);
  EXPECT_EQ(grammar->schemas[0].name, "arguments-0");
  EXPECT_EQ(grammar->schemas[0].schema, tools[0].parameters);
}

TEST(ToolGrammar, PartsOfSchemasKeepTheirDefinitions) {
  const std::vector<Tool> tools = read_tools(Json::parse(R"([{"name": "f", "parameters": {
      "type": "object", "properties": {"a": {"$ref": "#/$defs/x"}},
      "$defs": {"x": {"type": "integer"}}}}])"));
  const auto grammar =
      tool_grammar(format_of(dialect_named("qwen_tags")), tools, {.kind = Kind::Required});
  ASSERT_EQ(grammar->schemas.size(), 1u);
  EXPECT_EQ(grammar->schemas[0].schema,
            Json::parse(R"({"$ref": "#/$defs/x", "$defs": {"x": {"type": "integer"}}})"));
}

TEST(ToolGrammar, IsNothingWhereNothingIsToBeEnforced) {
  const std::vector<Tool> tools = described_tools();
  const ReplyFormat format = format_of(dialect_named("hermes"));
  EXPECT_FALSE(tool_grammar(format, tools, {.kind = Kind::None}));
  EXPECT_FALSE(tool_grammar(format, {}, {}));
  EXPECT_FALSE(tool_grammar(ReplyFormat{}, tools, {}));
}

TEST(ToolGrammar, RefusesADemandThatCannotBeMet) {
  const std::vector<Tool> tools = described_tools();
  const ReplyFormat format = format_of(dialect_named("hermes"));
  const auto refusal = [](const ReplyFormat& of, std::span<const Tool> given, ToolChoice choice) {
    try {
      tool_grammar(of, given, choice);
    } catch (const Error& error) {
      return std::string(error_name(error.code())) + ": " + error.what();
    }
    return std::string("none");
  };
  EXPECT_EQ(refusal(format, {}, {.kind = Kind::Required}),
            "bad_input: tool_choice: found a demand for a call, expected tools to call");
  EXPECT_EQ(
      refusal(format, tools, {.kind = Kind::Function, .function = "rm"}),
      "bad_input: tool_choice: found the function \"rm\", expected one of the request's tools");
  EXPECT_TRUE(refusal(ReplyFormat{}, tools, {.kind = Kind::Required}).starts_with("unsupported: "));
}

}  // namespace
}  // namespace bantam::replies
