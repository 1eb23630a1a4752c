#include "store/modelfile.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace bantam::store {
namespace {

TEST(Modelfile, ReadsEveryInstruction) {
  const Recipe recipe = parse_modelfile(
      "\xEF\xBB\xBF# a comment\r\nfrom ./model.gguf\r\n\nPARAMETER temperature 0.5\n"
      "Parameter stop \"<a b>\"\nPARAMETER stop </s>\nPARAMETER num_ctx 4096\n"
      "PARAMETER mirostat 1\nPARAMETER temperature 0.75\n"
      "TEMPLATE \"\"\"{{ .System }}\n# no comment\n{{ .Prompt }}\"\"\"\n"
      "SYSTEM You say \"yes\" often.\nMESSAGE user Is it?\nMESSAGE assistant \"\"\"Yes.\nIt "
      "is.\"\"\"\n"
      "LICENSE \"two\nlines\"\nREQUIRES 0.14.0\n",
      "Modelfile");
  EXPECT_EQ(recipe.from, "./model.gguf");
  const Parameters expected = {{"temperature", 0.75},
                               {"stop", std::vector<std::string>{"<a b>", "</s>"}},
                               {"num_ctx", std::int64_t{4096}}};
  EXPECT_EQ(recipe.parameters, expected);
  EXPECT_EQ(recipe.chat_template, "{{ .System }}\n# no comment\n{{ .Prompt }}");
  EXPECT_EQ(recipe.system, "You say \"yes\" often.");
  ASSERT_EQ(recipe.messages.size(), 2U);
  EXPECT_EQ(recipe.messages[1].content, "Yes.\nIt is.");
  EXPECT_EQ(recipe.licenses, std::vector<std::string>{"two\nlines"});
  EXPECT_EQ(recipe.requires_version, "0.14.0");
  EXPECT_EQ(recipe.warnings.size(), 1U);
}

TEST(Modelfile, NamesTheLineOfAFault) {
  struct Case {
    std::string text, expected;
  };
  const Case cases[] = {
      {"", "FROM"},
      {"# nothing\n\n", "F:2"},
      {"FROM a\nFROM b\n", "F:2"},
      {"FROM a\nFLY high\n", "F:2"},
      {"FROM a\n\nPARAMETER warmth 1\n", "F:3: found the parameter \"warmth\""},
      {"FROM a\nPARAMETER num_ctx much\n", "F:2: num_ctx"},
      {"FROM a\nPARAMETER temperature nan\n", "F:2: temperature"},
      {"FROM a\nPARAMETER use_mmap 1\n", "true or false"},
      {"FROM a\nSYSTEM \"\"\"never\nclosed\n", "F:2: a quote"},
      {"FROM a\nMESSAGE robot hi\n", "F:2: MESSAGE"},
      {"FROM a\nADAPTER x.gguf\n", "F:2: ADAPTER"},
      {"FROM a\nREQUIRES new\n", "F:2: REQUIRES"},
      {"FROM\n", "F:1: FROM"},
      {"FROM a\nSYSTEM \xFF\n", "UTF-8"},
  };
  for (const Case& tested : cases) {
    try {
      parse_modelfile(tested.text, "F");
      ADD_FAILURE() << tested.text;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(tested.expected), std::string::npos) << error.what();
    }
  }
}

TEST(Modelfile, OfAModelMakesTheSameModel) {
  const Digest digest = sha256_of("x");
  const ModelParts parts{.name = ModelName::parse("m"),
                         .id = digest,
                         .manifest = {.config = make_layer("", digest, 1), .layers = {}},
                         .config = {},
                         .model = "/models/blobs/x",
                         .adapters = {},
                         .projectors = {},
                         .chat_template = "{{ .Prompt }}\n",
                         .system = "say \"hi\"\n",
                         .parameters = {{"stop", std::vector<std::string>{"\n", "a\"b", "c"}},
                                        {"temperature", 0.5},
                                        {"num_ctx", std::int64_t{10}}},
                         .messages = {{"user", "one\ntwo"}},
                         .licenses = {"free"}};
  const Recipe recipe = parse_modelfile(modelfile_of(parts), "F");
  EXPECT_EQ(recipe.from, "/models/blobs/x");
  EXPECT_EQ(recipe.chat_template, parts.chat_template);
  EXPECT_EQ(recipe.system, parts.system);
  EXPECT_EQ(recipe.parameters, parts.parameters);
  ASSERT_EQ(recipe.messages.size(), 1U);
  EXPECT_EQ(recipe.messages[0].content, "one\ntwo");
  EXPECT_EQ(recipe.licenses, parts.licenses);
}

}  // namespace
}  // namespace bantam::store
