#include "text/replies/tool_grammar.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/error.h"
#include "text/grammar/gbnf.h"
#include "text/grammar/test_support.h"
#include "text/replies/dialect.h"
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

// Texts that a grammar allows, token by token. Tokens that end something come more often, where
// chance alone would write for ever.
class Sampler {
 public:
  explicit Sampler(const ToolGrammar& grammar)
      : vocabulary_(grammar::test::vocabulary({"\n</parameter>\n", "</arg_value>\n", "<|\"|>"})) {
    std::vector<std::string> schemas;
    for (const SchemaRule& rule : grammar.schemas) schemas.push_back(rule.schema.dump());
    std::vector<grammar::GbnfSchema> rules;
    for (std::size_t i = 0; i < schemas.size(); ++i) {
      rules.push_back({grammar.schemas[i].name, schemas[i]});
    }
    grammar_ = std::make_shared<const grammar::TokenGrammar>(
        grammar::compile_gbnf(grammar.gbnf, rules), vocabulary_);
  }

  std::string text(std::mt19937& random) const {
    constexpr text::TokenId kStop = 259;
    grammar::TokenMatcher matcher(grammar_, {kStop});
    std::string text;
    while (text.size() < 100'000) {
      const auto allowed = grammar::test::ids_in(matcher.allowed());
      if (allowed.empty()) throw std::runtime_error("nothing may follow " + text);
      text::TokenId id = allowed[random() % allowed.size()];
      for (const text::TokenId end : {34, 93, 125, 256, 257, 258, 259}) {  // ", ], } and the above
        const bool may_end = grammar::test::is_set(matcher.allowed(), end);
        if (may_end && random() % 4 == 0) id = end;
      }
      if (!matcher.accept(id)) throw std::runtime_error("an allowed token is refused: " + text);
      if (id == kStop) return text;
      text += vocabulary_->bytes(id);
    }
    throw std::runtime_error("a text without an end");
  }

 private:
  std::shared_ptr<const grammar::VocabularyTrie> vocabulary_;
  std::shared_ptr<const grammar::TokenGrammar> grammar_;
};

// Whether a value is of the types and enumerations that the sampled schemas use.
bool fits(const Json& value, const Json& schema) {
  const std::string type = schema.value("type", "");
  if (type == "string" && !value.is_string()) return false;
  if (type == "integer" && !value.is_number()) return false;
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
    const Sampler sampler(*grammar);
    std::size_t most = 0;
    for (int i = 0; i < 200; ++i) {
      const std::string text = sampler.text(random);
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
    const Sampler sampler(*grammar);
    for (int i = 0; i < 50; ++i) {
      const std::string text = sampler.text(random);
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
    const Sampler sampler(*grammar);
    for (int i = 0; i < 50; ++i) {
      EXPECT_EQ(said(format, tools, sampler.text(random)).calls.size(), 1u);
    }
  }
}

TEST(ToolGrammar, WhatIsOptionalBeginsWithItsTrigger) {
  const std::vector<Tool> tools = described_tools();
  std::mt19937 random(8);
  for (const Dialect& dialect : dialects()) {
    const auto grammar = tool_grammar(format_of(dialect), tools, {});
    ASSERT_NE(grammar->trigger, "") << dialect.name;
    const Sampler sampler(*grammar);
    bool begins = false;
    for (int i = 0; i < 20; ++i) {
      const std::string text = sampler.text(random);
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
