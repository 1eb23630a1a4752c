#include "text/stream_decoder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "support/paths.h"
#include "text/sentencepiece.h"
#include "text/tokenizer_json.h"

namespace bantam::text {
namespace {

std::string read(const char* name) {
  std::ifstream in(test::fixture(std::string("tokenizers/") + name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Tokenizer byte_level() { return tokenizer_from_json(read("byte-bpe/tokenizer.json"), "byte-bpe"); }

TokenId id_of(const Tokenizer& tokenizer, std::string_view piece) {
  for (TokenId id = 0; id < tokenizer.vocab_size(); ++id) {
    if (tokenizer.piece(id) == piece) return id;
  }
  return -1;
}

TEST(StreamDecoder, HoldsBackHalfACharacter) {
  const Tokenizer tokenizer = byte_level();
  StreamDecoder decoder(tokenizer);
  std::string shown;
  const std::vector<TokenId> ids = tokenizer.encode("€", {.add_special = false});
  ASSERT_GT(ids.size(), 1u);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::string text = decoder.push(ids[i]);
    EXPECT_EQ(text.empty(), i + 1 < ids.size());
    shown += text;
  }
  EXPECT_EQ(shown, "€");
  EXPECT_EQ(decoder.finish(), "");
}

TEST(StreamDecoder, ShowsBrokenBytesAtOnceAndTheRestAtTheEnd) {
  const Tokenizer tokenizer = byte_level();
  StreamDecoder decoder(tokenizer);
  EXPECT_EQ(decoder.push(id_of(tokenizer, "â")), "");  // byte E2
  EXPECT_EQ(decoder.push(id_of(tokenizer, "A")),
            "\xEF\xBF\xBD"
            "A");
  EXPECT_EQ(decoder.push(id_of(tokenizer, "ð")), "");  // byte F0
  EXPECT_EQ(decoder.finish(), "\xEF\xBF\xBD");
  EXPECT_EQ(decoder.push(id_of(tokenizer, "A")), "A");
}

TEST(StreamDecoder, ShowsControlTokensOnlyWhenAsked) {
  const Tokenizer tokenizer = byte_level();
  const TokenId end = id_of(tokenizer, "<|im_end|>");
  EXPECT_EQ(StreamDecoder(tokenizer).push(end), "");
  EXPECT_EQ(StreamDecoder(tokenizer, SpecialTokens::Keep).push(end), "<|im_end|>");
  EXPECT_EQ(StreamDecoder(tokenizer).push(-1), "");
  EXPECT_EQ(StreamDecoder(tokenizer).push(1'000'000), "");
}

TEST(StreamDecoder, DropsTheBlankThatADummyPrefixMade) {
  const std::string bytes = read("spm-bpe/tokenizer.model");
  const Tokenizer tokenizer =
      tokenizer_from_sentencepiece(std::as_bytes(std::span(bytes)), "spm-bpe");
  for (const std::string text : {"Hello world", " Hello", "  x"}) {
    StreamDecoder decoder(tokenizer);
    std::string shown;
    for (const TokenId id : tokenizer.encode(text)) shown += decoder.push(id);
    EXPECT_EQ(shown + decoder.finish(), text);
  }
}

TEST(StreamDecoder, GivesTheDecodedTextForRandomIds) {
  const Tokenizer tokenizer = byte_level();
  for (std::uint32_t seed = 1; seed <= 2'000; ++seed) {
    std::mt19937 random(seed);
    std::vector<TokenId> ids;
    for (auto n = random() % 20; n > 0; --n) {
      ids.push_back(
          static_cast<TokenId>(random() % static_cast<std::uint_fast32_t>(tokenizer.vocab_size())));
    }
    StreamDecoder decoder(tokenizer, SpecialTokens::Keep);
    std::string shown;
    for (const TokenId id : ids) shown += decoder.push(id);
    ASSERT_EQ(shown + decoder.finish(), tokenizer.decode(ids)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace bantam::text
