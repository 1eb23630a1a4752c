#include "text/vocabulary.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"

namespace bantam::text {
namespace {

using Ids = std::vector<TokenId>;

// Views of texts that live as long as the test.
using Texts = std::vector<std::string_view>;

const Texts kSpmTokens{"<unk>", "<s>", "</s>", "▁", "a", "▁a", "<|user|>", "<0x7A>", "[PAD8]"};

Vocabulary spm() {
  Vocabulary vocabulary;
  vocabulary.file = "small.gguf";
  vocabulary.model = "llama";
  vocabulary.tokens = kSpmTokens;
  vocabulary.scores = {0, 0, 0, -4, -5, -1, 0, 0, 0};
  vocabulary.token_types = {2, 3, 3, 1, 1, 1, 3, 6, 2};
  vocabulary.bos = 1, vocabulary.eos = 2, vocabulary.unknown = 0;
  return vocabulary;
}

const Texts kBpeTokens{"a", "b", "Ġ", "Ġa", "ab", "<|end|>", "<tool>", "é"};
const Texts kBpeMerges{"Ġ a", "a b"};

Vocabulary bpe() {
  Vocabulary vocabulary;
  vocabulary.file = "small.gguf";
  vocabulary.model = "gpt2";
  vocabulary.pre = "gpt-2";
  vocabulary.tokens = kBpeTokens;
  vocabulary.merges = kBpeMerges;
  vocabulary.token_types = {1, 1, 1, 1, 1, 3, 4, 4};
  vocabulary.bos = 5, vocabulary.eos = 5;
  return vocabulary;
}

TEST(Vocabulary, MakesASentencePieceTokenizer) {
  const Tokenizer tokenizer = tokenizer_from_vocabulary(spm());
  EXPECT_EQ(tokenizer.encode("a a"), (Ids{1, 5, 5}));
  EXPECT_EQ(tokenizer.encode("z?", {.add_special = false}), (Ids{3, 7, 0}));
  EXPECT_EQ(tokenizer.decode(Ids{1, 5, 5}), "a a");
  EXPECT_TRUE(tokenizer.adds_bos());
}

TEST(Vocabulary, FollowsTheKeysAboutBeginEndAndPrefix) {
  Vocabulary vocabulary = spm();
  vocabulary.add_bos = false, vocabulary.add_eos = true, vocabulary.add_space_prefix = false;
  EXPECT_EQ(tokenizer_from_vocabulary(vocabulary).encode("a a"), (Ids{4, 5, 2}));
}

TEST(Vocabulary, ParsesControlTokensOnlyWhenAsked) {
  const Tokenizer tokenizer = tokenizer_from_vocabulary(spm());
  EXPECT_EQ(tokenizer.encode("<|user|> a", {.add_special = false}), (Ids{6, 3, 5}));
  for (const TokenId id : tokenizer.encode("<|user|><s></s><unk>", {false, false})) {
    EXPECT_FALSE(tokenizer.is_control(id));
  }
}

TEST(Vocabulary, SwallowsWhiteSpaceAfterTheTokensOfPhi3) {
  Vocabulary vocabulary = spm();
  vocabulary.model_name = "Phi 3 mini phi-3";
  const Tokenizer tokenizer = tokenizer_from_vocabulary(vocabulary);
  EXPECT_EQ(tokenizer.encode("<|user|>\n a", {.add_special = false}), (Ids{6, 5}));
  EXPECT_EQ(tokenizer.encode("<s> a", {.add_special = false}), (Ids{1, 3, 5}));
}

TEST(Vocabulary, TakesRolesAndBytesFromTextsWhereTypesAreMissing) {
  Vocabulary vocabulary = spm();
  vocabulary.token_types.clear();
  const Tokenizer tokenizer = tokenizer_from_vocabulary(vocabulary);
  EXPECT_EQ(tokenizer.encode("za"), (Ids{1, 3, 7, 4}));
  EXPECT_TRUE(tokenizer.is_control(2));
}

TEST(Vocabulary, BelievesTheTypeWhereTheUnknownIdIsThatOfAnotherRole) {
  Vocabulary vocabulary = spm();
  vocabulary.unknown = 1;
  const Tokenizer tokenizer = tokenizer_from_vocabulary(vocabulary);
  EXPECT_EQ(tokenizer.unknown(), 0);
  EXPECT_TRUE(tokenizer.is_control(1));
}

TEST(Vocabulary, MakesATokenizerOfPiecesWithMerges) {
  static const Texts tokens{"<unk>", "<s>", "</s>", "▁", "a", "▁a", "<|user|>", "<0x7A>", "b"};
  static const Texts merges{"▁ a"};
  Vocabulary vocabulary = spm();
  vocabulary.model = "gemma4", vocabulary.tokens = tokens, vocabulary.merges = merges;
  const Tokenizer tokenizer = tokenizer_from_vocabulary(vocabulary);
  EXPECT_EQ(tokenizer.encode("a az!!<|user|>"), (Ids{1, 4, 5, 7, 0, 6}));
  EXPECT_EQ(tokenizer.decode(Ids{1, 4, 5, 7, 8}), "<s>a azb");
}

TEST(Vocabulary, MakesAByteLevelTokenizer) {
  const Tokenizer tokenizer = tokenizer_from_vocabulary(bpe());
  EXPECT_EQ(tokenizer.encode("ab a<|end|>é<tool>"), (Ids{4, 3, 5, 7, 6}));
  EXPECT_EQ(tokenizer.encode("a<|end|>", {.parse_special = false}),
            (Ids{0}));  // no token for the rest
  EXPECT_EQ(tokenizer.decode(Ids{4, 3, 7}), "ab aé");
  EXPECT_EQ(tokenizer.decode(Ids{5, 0}, SpecialTokens::Skip), "a");
  EXPECT_FALSE(tokenizer.adds_bos());
}

TEST(Vocabulary, KnowsEveryTokenThatEndsAGeneration) {
  Vocabulary vocabulary = bpe();
  vocabulary.eos = 0, vocabulary.eot = 6, vocabulary.eom = 1;
  const Tokenizer tokenizer = tokenizer_from_vocabulary(vocabulary);
  const auto ids = tokenizer.end_of_generation_ids();
  EXPECT_EQ(Ids(ids.begin(), ids.end()), (Ids{0, 1, 5, 6}));
}

TEST(Vocabulary, PutsNamedPreTokenizersIntoNfcWhereTheirTokenizersDo) {
  Vocabulary vocabulary = bpe();
  const std::string decomposed = "e\xCC\x81";
  vocabulary.token_types[7] = 4;
  EXPECT_NE(tokenizer_from_vocabulary(vocabulary).encode(decomposed), (Ids{7}));
  vocabulary.pre = "qwen2";
  EXPECT_EQ(tokenizer_from_vocabulary(vocabulary).encode(decomposed), (Ids{7}));
}

TEST(Vocabulary, DoesAsTheFileSaysAboutNfc) {
  Vocabulary vocabulary = bpe();
  const std::string decomposed = "e\xCC\x81";
  vocabulary.nfc = true;
  EXPECT_EQ(tokenizer_from_vocabulary(vocabulary).encode(decomposed), (Ids{7}));
  vocabulary.pre = "qwen2";
  vocabulary.nfc = false;
  EXPECT_NE(tokenizer_from_vocabulary(vocabulary).encode(decomposed), (Ids{7}));
}

TEST(Vocabulary, RefusesWhatDoesNotFitTogether) {
  struct BadCase {
    const char* name;
    std::function<Vocabulary()> make;
    const char* key;
  };
  static const Texts lone_merge{"ab"}, unknown_merge{"a q"}, twice{"a", "a"};
  const auto changed = [](Vocabulary vocabulary, auto change) {
    return [=]() mutable {
      change(vocabulary);
      return vocabulary;
    };
  };
  const BadCase cases[] = {
      {"no tokens", changed(spm(), [](Vocabulary& v) { v.tokens = {}; }), "tokens"},
      {"unknown model", changed(spm(), [](Vocabulary& v) { v.model = "rwkv"; }), "rwkv"},
      {"unknown pre-tokenizer", changed(bpe(), [](Vocabulary& v) { v.pre = "ufo"; }), "ufo"},
      {"too few scores", changed(spm(), [](Vocabulary& v) { v.scores.pop_back(); }), "scores"},
      {"score without a value", changed(spm(), [](Vocabulary& v) { v.scores[3] = 0.0 / 0.0; }),
       "scores"},
      {"too few types", changed(spm(), [](Vocabulary& v) { v.token_types.pop_back(); }),
       "token_type"},
      {"unknown type", changed(spm(), [](Vocabulary& v) { v.token_types[3] = 9; }), "token_type"},
      {"begin outside", changed(spm(), [](Vocabulary& v) { v.bos = 9; }), "bos_token_id"},
      {"negative end", changed(spm(), [](Vocabulary& v) { v.eos = -2; }), "eos_token_id"},
      {"merge of one", changed(bpe(), [](Vocabulary& v) { v.merges = lone_merge; }), "merges"},
      {"merge of none", changed(bpe(), [](Vocabulary& v) { v.merges = unknown_merge; }), "merge 0"},
      {"token twice",
       changed(bpe(),
               [](Vocabulary& v) { v.tokens = twice, v.token_types = {}, v.bos = {}, v.eos = {}; }),
       "each token once"},
      {"bert without unknown",
       changed(spm(), [](Vocabulary& v) { v.model = "bert", v.unknown = {}; }), "unknown_token_id"},
  };
  for (const BadCase& one : cases) {
    try {
      tokenizer_from_vocabulary(one.make());
      ADD_FAILURE() << one.name << " was accepted";
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_TRUE(message.starts_with("small.gguf: ")) << message;
      EXPECT_NE(message.find(one.key), std::string::npos) << one.name << ": " << message;
    }
  }
}

TEST(Vocabulary, AcceptsTokensThatAreNoText) {
  static const Texts tokens{"<unk>", "<s>", "</s>", "▁", "\xFF\xFE", "\xC3", "", "<0x7A>", ""};
  Vocabulary vocabulary = spm();
  vocabulary.tokens = tokens;
  const Tokenizer tokenizer = tokenizer_from_vocabulary(vocabulary);
  tokenizer.encode("a\xFF z");
  EXPECT_EQ(tokenizer.token_bytes(4), "\xFF\xFE");
  EXPECT_EQ(tokenizer.decode(Ids{5}), "\xC3");
}

}  // namespace
}  // namespace bantam::text
