#include "text/tokenizer_json.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "support/paths.h"

namespace bantam::text {
namespace {

using nlohmann::json;
using Ids = std::vector<TokenId>;

// Characters a to e and blank, "ab", "abc"; 8 is a control token, 9 is not.
json small_file() {
  return json::parse(R"({
    "added_tokens": [
      {"id": 8, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false,
       "normalized": false, "special": true},
      {"id": 9, "content": "[x]", "single_word": false, "lstrip": false, "rstrip": false,
       "normalized": false, "special": false}],
    "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": {"type": "Fuse"},
    "model": {"type": "BPE", "unk_token": "?", "fuse_unk": false,
      "vocab": {"a": 0, "b": 1, "c": 2, " ": 3, "ab": 4, "abc": 5, "?": 6, "e": 7},
      "merges": ["a b", ["ab", "c"]]}})");
}

Tokenizer tokenizer_of(const json& file) { return tokenizer_from_json(file.dump(), "small.json"); }

TEST(TokenizerJson, ReadsMergesAsStringsAndAsPairs) {
  EXPECT_EQ(tokenizer_of(small_file()).encode("abcab a"), (Ids{5, 4, 3, 0}));
}

TEST(TokenizerJson, GivesUnknownCharactersTheirToken) {
  json file = small_file();
  EXPECT_EQ(tokenizer_of(file).encode("zz"), (Ids{6, 6}));
  file["model"]["fuse_unk"] = true;
  EXPECT_EQ(tokenizer_of(file).encode("zza"), (Ids{6, 0}));
  file["model"]["unk_token"] = nullptr;
  EXPECT_EQ(tokenizer_of(file).encode("azb"), (Ids{4}));  // dropped, and its neighbours meet
}

TEST(TokenizerJson, NeverMakesControlTokensOfPlainText) {
  const Tokenizer tokenizer = tokenizer_of(small_file());
  EXPECT_EQ(tokenizer.encode("<s>[x]"), (Ids{8, 9}));
  EXPECT_EQ(tokenizer.encode("<s>[x]", {.parse_special = false}), (Ids{6, 6, 6, 9}));
  EXPECT_TRUE(tokenizer.is_control(8));
  EXPECT_FALSE(tokenizer.is_control(9));
}

TEST(TokenizerJson, NeverMakesControlTokensByMerging) {
  json file = small_file();
  file["added_tokens"][0] = file["added_tokens"][1];
  file["added_tokens"].erase(1);
  file["added_tokens"].push_back(file["added_tokens"][0]);
  file["added_tokens"][1].update({{"id", 5}, {"content", "abc"}, {"special", true}});
  EXPECT_EQ(tokenizer_of(file).encode("abc"), (Ids{5}));
  EXPECT_EQ(tokenizer_of(file).encode("abc", {.parse_special = false}), (Ids{4, 2}));
  file["model"]["ignore_merges"] = true;
  EXPECT_EQ(tokenizer_of(file).encode("abc", {.parse_special = false}), (Ids{4, 2}));
}

struct AddedCase {
  const char* flag;
  const char* text;
  Ids ids;
};

TEST(TokenizerJson, FollowsTheFlagsOfAddedTokens) {
  const AddedCase cases[] = {{"lstrip", "a  [x] a", {0, 9, 3, 0}},
                             {"rstrip", "a [x] \n a", {0, 3, 9, 0}},
                             {"single_word", "a[x] [x]a [x]", {0, 6, 6, 6, 3, 6, 6, 6, 0, 3, 9}},
                             {"special", "[x]", {9}}};
  for (const AddedCase& one : cases) {
    json file = small_file();
    file["added_tokens"][1][one.flag] = true;
    EXPECT_EQ(tokenizer_of(file).encode(one.text), one.ids) << one.flag;
  }
}

TEST(TokenizerJson, LooksForNormalizedTokensInNormalizedText) {
  json file = small_file();
  file["normalizer"] = {{"type", "Lowercase"}};
  file["added_tokens"][1]["normalized"] = true;
  EXPECT_EQ(tokenizer_of(file).encode("[X]A"), (Ids{9, 0}));
}

TEST(TokenizerJson, PutsTheTokensOfTheTemplateAround) {
  json file = small_file();
  file["post_processor"] = json::parse(R"({"type": "TemplateProcessing", "single": [
      {"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
      {"SpecialToken": {"id": "x", "type_id": 0}}],
      "special_tokens": {"<s>": {"ids": [8]}, "x": {"ids": [9, 9]}}})");
  const Tokenizer tokenizer = tokenizer_of(file);
  EXPECT_EQ(tokenizer.encode("a"), (Ids{8, 0, 9, 9}));
  EXPECT_EQ(tokenizer.encode("a", {.add_special = false}), (Ids{0}));
  EXPECT_EQ(tokenizer.bos(), 8);
  EXPECT_TRUE(tokenizer.adds_bos());
}

TEST(TokenizerJson, LetsTheConfigDecideAboutBeginAndEnd) {
  const TokenizerConfig config = tokenizer_config_from_json(
      R"({"bos_token": {"content": "<s>"}, "eos_token": "</s>", "add_bos_token": true, "unk_token": null,
          "add_eos_token": true, "pad_token": "?", "chat_template": [1, {"a": null}],
          "added_tokens_decoder": {"8": {"content": "<s>", "special": true},
                                   "12": {"content": "</s>", "special": true}}})",
      "tokenizer_config.json");
  const Tokenizer tokenizer = tokenizer_from_json(small_file().dump(), "small.json", config);
  EXPECT_EQ(tokenizer.encode("a"), (Ids{8, 0, 12}));
  EXPECT_EQ(tokenizer.encode("</s>", {.add_special = false}), (Ids{12}));
  EXPECT_EQ(tokenizer.vocab_size(), 13);
  EXPECT_EQ(tokenizer.piece(11), "");
  EXPECT_EQ(tokenizer.pad(), 6);
  EXPECT_EQ(tokenizer.unknown(), 6);
  EXPECT_TRUE(tokenizer.is_end_of_generation(12));
  EXPECT_FALSE(tokenizer.is_end_of_generation(8));
}

TEST(TokenizerJson, DecodesOnlyWhatIsThere) {
  const Tokenizer tokenizer = tokenizer_of(small_file());
  EXPECT_EQ(tokenizer.decode(Ids{5, 8, -1, 4000, 0}), "abc<s>a");
  EXPECT_EQ(tokenizer.decode(Ids{5, 8, 0}, SpecialTokens::Skip), "abca");
  EXPECT_EQ(tokenizer.token_bytes(-1), "");
}

TEST(TokenizerJson, KeepsAddedTokensAsTheyAreInByteLevelText) {
  json file = small_file();
  file["pre_tokenizer"] = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
  file["decoder"] = {{"type", "ByteLevel"}};
  file["added_tokens"][1]["content"] = "ü";  // a character of the byte alphabet
  EXPECT_EQ(tokenizer_of(file).decode(Ids{9}), "ü");
}

struct BadCase {
  const char* name;
  std::function<void(json&)> damage;
  const char* message;  // a part of it
};

TEST(TokenizerJson, RefusesWhatDoesNotFitTogether) {
  json nested = {{"type", "Lowercase"}};
  for (int i = 0; i < 40; ++i) nested = {{"type", "Sequence"}, {"normalizers", {nested}}};
  const std::string bad_charsmap = "////////";
  const BadCase cases[] = {
      {"no model", [](json& f) { f.erase("model"); }, "model"},
      {"model of another type", [](json& f) { f["model"] = 3; }, "model"},
      {"unknown model", [](json& f) { f["model"]["type"] = "WordLevel"; }, "WordLevel"},
      {"no tokens",
       [](json& f) { f["model"]["vocab"] = json::object(), f["added_tokens"] = json::array(); },
       "vocab"},
      {"one id twice", [](json& f) { f["model"]["vocab"]["z"] = 3; }, "found id 3"},
      {"negative id", [](json& f) { f["model"]["vocab"]["z"] = -1; }, "-1"},
      {"huge id", [](json& f) { f["model"]["vocab"]["z"] = 1LL << 40; }, "id from 0"},
      {"id of text", [](json& f) { f["model"]["vocab"]["z"] = "1"; }, "a number"},
      {"merge of an unknown token", [](json& f) { f["model"]["merges"].push_back("q a"); },
       "no token"},
      {"merge to an unknown token", [](json& f) { f["model"]["merges"].push_back("a a"); },
       "\"aa\""},
      {"merge of three", [](json& f) { f["model"]["merges"].push_back("a b c"); }, "one blank"},
      {"merge of one", [](json& f) { f["model"]["merges"].push_back({"a"}); }, "[left, right]"},
      {"added token of another id", [](json& f) { f["added_tokens"][1]["id"] = 3; }, "found id 3"},
      {"added token with two ids", [](json& f) { f["added_tokens"][1]["content"] = "a"; }, "\"a\""},
      {"added token without id", [](json& f) { f["added_tokens"][1].erase("id"); }, "id"},
      {"long added token",
       [](json& f) { f["added_tokens"][1]["content"] = std::string(4097, 'x'); }, "4096"},
      {"flag of another type", [](json& f) { f["added_tokens"][1]["lstrip"] = 3; }, "lstrip"},
      {"normalizer without type", [](json& f) { f["normalizer"] = json::object(); }, "normalizer"},
      {"unknown normalizer", [](json& f) { f["normalizer"] = {{"type", "Nfz"}}; }, "Nfz"},
      {"deep normalizer", [=](json& f) { f["normalizer"] = nested; }, "levels"},
      {"bad charsmap",
       [=](json& f) {
         f["normalizer"] = {{"type", "Precompiled"}, {"precompiled_charsmap", bad_charsmap}};
       },
       "trie"},
      {"charsmap that is no base64",
       [](json& f) { f["normalizer"] = {{"type", "Precompiled"}, {"precompiled_charsmap", "*"}}; },
       "base64"},
      {"bad expression",
       [](json& f) {
         f["pre_tokenizer"] = {
             {"type", "Split"}, {"pattern", {{"Regex", "(["}}}, {"behavior", "Isolated"}};
       },
       "regular expression"},
      {"empty pattern",
       [](json& f) {
         f["pre_tokenizer"] = {
             {"type", "Split"}, {"pattern", {{"String", ""}}}, {"behavior", "Isolated"}};
       },
       "a pattern"},
      {"unknown behavior",
       [](json& f) {
         f["pre_tokenizer"] = {
             {"type", "Split"}, {"pattern", {{"String", "a"}}}, {"behavior", "Eaten"}};
       },
       "Eaten"},
      {"unknown pre-tokenizer", [](json& f) { f["pre_tokenizer"] = {{"type", "Ufo"}}; }, "Ufo"},
      {"unknown decoder", [](json& f) { f["decoder"] = {{"type", "CTC"}}; }, "CTC"},
      {"template without text",
       [](json& f) {
         f["post_processor"] = {{"type", "TemplateProcessing"}, {"single", json::array()}};
       },
       "place of the text"},
      {"template with an unknown token",
       [](json& f) {
         f["post_processor"] = json::parse(R"({"type": "TemplateProcessing", "single": [
             {"SpecialToken": {"id": "q"}}, {"Sequence": {"id": "A"}}], "special_tokens": {}})");
       },
       "special_tokens"},
      {"template with a stray id",
       [](json& f) {
         f["post_processor"] = json::parse(R"({"type": "TemplateProcessing", "single": [
             {"SpecialToken": {"id": "q"}}, {"Sequence": {"id": "A"}}],
             "special_tokens": {"q": {"ids": [77]}}})");
       },
       "77"},
      {"too many steps",
       [](json& f) {
         f["decoder"] = {{"type", "Sequence"}, {"decoders", json::array()}};
         for (int i = 0; i < 65; ++i) f["decoder"]["decoders"].push_back({{"type", "Fuse"}});
       },
       "at most 64"},
  };
  for (const BadCase& one : cases) {
    json file = small_file();
    one.damage(file);
    try {
      tokenizer_of(file);
      ADD_FAILURE() << one.name << " was accepted";
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_TRUE(message.starts_with("small.json: ")) << one.name << ": " << message;
      EXPECT_NE(message.find(one.message), std::string::npos) << one.name << ": " << message;
    }
  }
}

TEST(TokenizerJson, StopsRulesThatMakeATextGrowWithoutEnd) {
  json doubling = {{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", "aa"}};
  json file = small_file();
  file["normalizer"] = {{"type", "Sequence"}, {"normalizers", json::array()}};
  for (int i = 0; i < 64; ++i) file["normalizer"]["normalizers"].push_back(doubling);
  EXPECT_THROW(tokenizer_of(file).encode("a"), Error);
  file["normalizer"] = nullptr;
  file["decoder"] = {{"type", "Sequence"}, {"decoders", json::array()}};
  for (int i = 0; i < 64; ++i) file["decoder"]["decoders"].push_back(doubling);
  EXPECT_THROW(tokenizer_of(file).decode(Ids{0}), Error);
  doubling["content"] = std::string(257, 'a');
  file["decoder"] = doubling;
  EXPECT_THROW(tokenizer_of(file), Error);
}

TEST(TokenizerJson, RefusesATokenThatTheVocabularyHasTwice) {
  std::string text = small_file().dump();
  text.replace(text.find(R"("e":7)"), 5, R"("a":7)");
  try {
    tokenizer_from_json(text, "small.json");
    FAIL() << "it was accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("each token once"), std::string::npos) << error.what();
  }
}

std::string fixture_text(const char* name) {
  std::ifstream in(test::fixture(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(TokenizerJson, SurvivesCutsAndFlippedBits) {
  const std::string whole = small_file().dump();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_THROW(tokenizer_from_json(whole.substr(0, length), "cut"), Error) << length;
  }
  int refused = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    try {
      tokenizer_from_json(flipped, "flipped").encode("abc <s> é");
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(TokenizerJson, ReadsAWholeFixture) {
  const Tokenizer tokenizer =
      tokenizer_from_json(fixture_text("tokenizers/byte-bpe/tokenizer.json"), "byte-bpe");
  EXPECT_EQ(tokenizer.vocab_size(), 1002);
  EXPECT_EQ(tokenizer.bos(), 0);
  EXPECT_TRUE(tokenizer.is_end_of_generation(2));  // <|im_end|>
}

}  // namespace
}  // namespace bantam::text
