#include "text/sentencepiece.h"

#include <gtest/gtest.h>

#include <bit>
#include <fstream>

#include "base/error.h"
#include "support/paths.h"

namespace bantam::text {
namespace {

using Ids = std::vector<TokenId>;

std::string varint(std::uint64_t value) {
  std::string out;
  while (value >= 0x80) {
    out += static_cast<char>((value & 0x7F) | 0x80);
    value >>= 7;
  }
  return out + static_cast<char>(value);
}
std::string number(int field, std::uint64_t value) {
  return varint(static_cast<std::uint64_t>(field) << 3) + varint(value);
}
std::string bytes(int field, const std::string& value) {
  return varint(static_cast<std::uint64_t>(field) << 3 | 2) + varint(value.size()) + value;
}
std::string piece(const std::string& text, float score, int type) {
  const auto bits = std::bit_cast<std::uint32_t>(score);
  std::string score_bytes;
  for (int i = 0; i < 4; ++i) score_bytes += static_cast<char>(bits >> (8 * i) & 0xFF);
  return bytes(1,
               bytes(1, text) + "\x15" + score_bytes + number(3, static_cast<std::uint64_t>(type)));
}

// 0 unknown, 1 <s>, 2 </s>, 3 ▁, 4 a, 5 b, 6 ▁a, 7 ab, 8 [x] user-defined, 9 byte 0x7A.
std::string small_model(const std::string& normalizer = number(4, 0)) {
  return piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3) + piece("▁", -4, 1) +
         piece("a", -5, 1) + piece("b", -6, 1) + piece("▁a", -1, 1) + piece("ab", -2, 1) +
         piece("[x]", 0, 4) + piece("<0x7A>", 0, 6) + bytes(2, number(3, 2) + number(35, 1)) +
         bytes(3, normalizer);
}

Tokenizer tokenizer_of(const std::string& model, SentencePieceOptions options = {}) {
  return tokenizer_from_sentencepiece(std::as_bytes(std::span(model)), "small.model", options);
}

TEST(SentencePiece, JoinsTheBestScoreFirst) {
  EXPECT_EQ(tokenizer_of(small_model()).encode("ab ab"), (Ids{1, 6, 5, 6, 5}));
  EXPECT_EQ(tokenizer_of(small_model()).encode("bab", {.add_special = false}), (Ids{3, 5, 7}));
}

TEST(SentencePiece, AddsBeginAndEndAsAsked) {
  EXPECT_EQ(tokenizer_of(small_model(), {.add_bos = false}).encode("a"), (Ids{6}));
  EXPECT_EQ(tokenizer_of(small_model(), {.add_eos = true}).encode("a"), (Ids{1, 6, 2}));
  EXPECT_EQ(tokenizer_of(small_model()).encode(""), (Ids{1}));
}

TEST(SentencePiece, FallsBackToBytesAndThenToUnknown) {
  const Tokenizer tokenizer = tokenizer_of(small_model());
  EXPECT_EQ(tokenizer.encode("za", {.add_special = false}), (Ids{3, 9, 4}));
  EXPECT_EQ(tokenizer.encode("??", {.add_special = false}), (Ids{3, 0}));
  EXPECT_EQ(tokenizer.decode(Ids{3, 9, 0, 6, 1}), "z \xE2\x81\x87  a");
}

TEST(SentencePiece, MatchesUserDefinedPiecesWhole) {
  EXPECT_EQ(tokenizer_of(small_model()).encode("a[x]b", {.add_special = false}), (Ids{6, 8, 5}));
}

TEST(SentencePiece, FindsControlPiecesOnlyWhenAsked) {
  const Tokenizer tokenizer = tokenizer_of(small_model());
  EXPECT_EQ(tokenizer.encode("<s>a", {.add_special = false}), (Ids{1, 6}));
  const Ids plain = tokenizer.encode("<s>a", {.add_special = false, .parse_special = false});
  for (const TokenId id : plain) EXPECT_FALSE(tokenizer.is_control(id));
}

TEST(SentencePiece, TrimsWhiteSpaceWhereTheModelSaysSo) {
  const Tokenizer tokenizer = tokenizer_of(small_model(number(4, 1)));
  EXPECT_EQ(tokenizer.encode("  a   a ", {.add_special = false}), (Ids{6, 6}));
}

TEST(SentencePiece, LeavesOutTheDummyPrefixWhereTheModelSaysSo) {
  const Tokenizer tokenizer = tokenizer_of(small_model(number(3, 0) + number(4, 0)));
  EXPECT_EQ(tokenizer.encode("a a", {.add_special = false}), (Ids{4, 6}));
  EXPECT_FALSE(tokenizer.strips_first_blank());
}

TEST(SentencePiece, RefusesWhatBreaksTheFormat) {
  const std::pair<const char*, std::string> cases[] = {
      {"empty", ""},
      {"no pieces", bytes(2, number(3, 2))},
      {"text", "{\"model\": 1}"},
      {"piece type", piece("a", 0, 9)},
      {"score", piece("a", std::numeric_limits<float>::infinity(), 1)},
      {"no unknown", piece("a", 0, 1)},
      {"word model", piece("<unk>", 0, 2) + bytes(2, number(3, 3))},
      {"model type", piece("<unk>", 0, 2) + bytes(2, number(3, 77))},
      {"length past the end", std::string("\x0A\xFF\xFF\xFF\x7F", 5)},
      {"endless varint", std::string(11, '\xFF')},
      {"charsmap", piece("<unk>", 0, 2) + bytes(3, bytes(2, "\xFF\xFF\xFF\xFF"))},
  };
  for (const auto& [name, model] : cases) {
    try {
      tokenizer_of(model);
      ADD_FAILURE() << name << " was accepted";
    } catch (const Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with("small.model: "))
          << name << ": " << error.what();
    }
  }
}

TEST(SentencePiece, SurvivesCutsAndFlippedBits) {
  const std::string whole = small_model();
  int refused = 0;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    try {
      tokenizer_of(whole.substr(0, length)).encode("ab [x] <s> é");
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 100);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    try {
      const Tokenizer tokenizer = tokenizer_of(flipped);
      tokenizer.decode(tokenizer.encode("ab [x] <s> é"));
    } catch (const Error&) {
      ++refused;
    }
  }
}

TEST(SentencePiece, NormalizesWithRulesThatWereDamaged) {
  std::ifstream in(test::fixture("tokenizers/spm-unigram/tokenizer.model"), std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  const std::string text = "Ｆｕｌｌ ｗｉｄｔｈ ½ ﬁ ㍿ e\xCC\x81 \t x";
  for (std::size_t i = 0; i < 2'000; ++i) {
    std::string damaged = whole;
    damaged[i * 7919 % whole.size()] = static_cast<char>(i * 31);
    try {
      const Tokenizer tokenizer = tokenizer_of(damaged);
      tokenizer.decode(tokenizer.encode(text));
    } catch (const Error&) {  // refused
    }
  }
}

}  // namespace
}  // namespace bantam::text
