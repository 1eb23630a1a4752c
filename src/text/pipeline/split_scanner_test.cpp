#include "text/pipeline/split_scanner.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "base/error.h"
#include "text/pipeline/regex.h"

namespace bantam::text {
namespace {

struct NamedPattern {
  const char* name;
  std::string_view pattern;
};
void PrintTo(const NamedPattern& pattern, std::ostream* out) { *out << pattern.name; }

// The characters that the rules tell apart, in classes that all versions of Unicode agree on.
constexpr std::array<std::string_view, 46> kBits{"a",
                                                 "z",
                                                 "A",
                                                 "Z",
                                                 "s",
                                                 "S",
                                                 "ſ",
                                                 "'",
                                                 "'ll",
                                                 "'S",
                                                 "'ve",
                                                 "'RE",
                                                 "1",
                                                 "23",
                                                 "٣",
                                                 "½",
                                                 "Ⅷ",
                                                 "²",
                                                 " ",
                                                 "  ",
                                                 "\t",
                                                 "\n",
                                                 "\r",
                                                 "\r\n",
                                                 "\xC2\xA0",
                                                 "\xE3\x80\x80",
                                                 "\xE2\x80\xA8",
                                                 "é",
                                                 "ß",
                                                 "Σ",
                                                 "ж",
                                                 "中",
                                                 "か",
                                                 "カ",
                                                 "한",
                                                 "ǅ",
                                                 "ʰ",
                                                 "e\xCC\x81",
                                                 "\xCC\x81",
                                                 "!",
                                                 "/",
                                                 "_",
                                                 "。",
                                                 "$",
                                                 "😀",
                                                 "\xE2\x80\x8D"};

std::vector<Span> by_regex(const Regex& regex, std::string_view text) {
  Regex::Search search(regex, text);
  std::vector<Span> out;
  std::uint32_t gap = 0;
  const auto add = [&](std::size_t begin, std::size_t end) {
    if (begin < end)
      out.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    gap = static_cast<std::uint32_t>(end);
  };
  while (const auto match = search.next()) {
    if (gap < match->begin) add(gap, match->begin);
    add(match->begin, match->end);
  }
  add(gap, text.size());
  return out;
}

std::vector<Span> by_regex(std::string_view pattern, std::string_view text) {
  return by_regex(Regex(pattern, "test"), text);
}

std::string shown(std::string_view text, const std::vector<Span>& spans) {
  std::string out;
  for (const Span span : spans) {
    out += '[';
    out += text.substr(span.begin, span.end - span.begin);
    out += ']';
  }
  return out;
}

std::string by_scanner(std::string_view pattern, std::string_view text) {
  std::vector<Span> out;
  find_split_scanner(pattern)(text, {0, static_cast<std::uint32_t>(text.size())}, out);
  return shown(text, out);
}

class SplitScannerOfPattern : public testing::TestWithParam<NamedPattern> {};

TEST_P(SplitScannerOfPattern, DoesWhatItsExpressionDoes) {
  const std::string_view pattern = GetParam().pattern;
  const Regex regex(pattern, "test");
  ASSERT_NE(find_split_scanner(pattern), nullptr);
  for (std::uint32_t seed = 1; seed <= 4'000; ++seed) {
    std::mt19937 random(seed);
    std::string text;
    for (auto bits = random() % 24 + 1; bits > 0; --bits) text += kBits[random() % kBits.size()];
    ASSERT_EQ(by_scanner(pattern, text), shown(text, by_regex(regex, text))) << "seed " << seed;
  }
}

TEST_P(SplitScannerOfPattern, DoesWhatItsExpressionDoesToLongRuns) {
  const Regex regex(GetParam().pattern, "test");
  for (const std::string_view bit : kBits) {
    for (const std::string_view end : {"", "a", "A", "1", "\n", " \n x", "!"}) {
      std::string text;
      for (int i = 0; i < 300; ++i) text += bit;
      text += end;
      ASSERT_EQ(by_scanner(GetParam().pattern, text), shown(text, by_regex(regex, text)));
    }
  }
}

TEST_P(SplitScannerOfPattern, LeavesNoGapInAHundredThousandOfOneKind) {
  for (const std::string_view bit : kBits) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += bit;
    text += 'x';
    std::vector<Span> out;
    find_split_scanner(GetParam().pattern)(text, {0, static_cast<std::uint32_t>(text.size())}, out);
    std::uint32_t at = 0;
    for (const Span span : out) {
      ASSERT_EQ(span.begin, at);
      ASSERT_GT(span.end, span.begin);
      at = span.end;
    }
    ASSERT_EQ(at, text.size());
  }
}

using namespace patterns;
INSTANTIATE_TEST_SUITE_P(
    All, SplitScannerOfPattern,
    testing::Values(
        NamedPattern{"gpt2", kGpt2}, NamedPattern{"llama3", kLlama3}, NamedPattern{"qwen2", kQwen2},
        NamedPattern{"qwen35", kQwen35}, NamedPattern{"gpt4o", kGpt4o},
        NamedPattern{"tekken", kTekken}, NamedPattern{"deepseek_v3_digits", kDeepSeekV3Digits},
        NamedPattern{"deepseek_v3_cjk", kDeepSeekV3Cjk},
        NamedPattern{"deepseek_v3_words", kDeepSeekV3Words}, NamedPattern{"line_break", kLineBreak},
        NamedPattern{"deepseek_llm_letters", kDeepSeekLlmLetters},
        NamedPattern{"deepseek_llm_punctuation", kDeepSeekLlmPunctuation},
        NamedPattern{"trailing_space", kTrailingSpace}, NamedPattern{"deepseek_cjk", kDeepSeekCjk},
        NamedPattern{"deepseek_coder_letters", kDeepSeekCoderLetters},
        NamedPattern{"deepseek_coder_punctuation", kDeepSeekCoderPunctuation},
        NamedPattern{"three_digits", kThreeDigits}),
    [](const auto& one) { return std::string(one.param.name); });

// tiktoken's own expression: $ is the end of the text there, not of a line.
TEST(SplitScanner, TakesTrailingWhiteSpaceWholeForCl100k) {
  EXPECT_EQ(by_scanner(kCl100k, "a \n  "), "[a][ \n  ]");
  EXPECT_EQ(by_scanner(kLlama3, "a \n  "), "[a][ \n][  ]");
  EXPECT_EQ(by_scanner(kCl100k, "a \n  b"), "[a][ \n][ ][ b]");
}

TEST(SplitScanner, IsNotThereForAnUnknownExpression) {
  EXPECT_EQ(find_split_scanner(R"(\w+)"), nullptr);
}

TEST(Regex, CountsTheWhiteSpaceOfUnicode) {
  const std::string text =
      "a\xE1\xA0\x8E"
      "b\xC2\x85"
      "c";  // U+180E is none, U+0085 is
  EXPECT_EQ(shown(text, by_regex(R"(\s)", text)),
            "[a\xE1\xA0\x8E"
            "b][\xC2\x85][c]");
  EXPECT_EQ(shown(text, by_regex(R"([\s]+)", text)),
            "[a\xE1\xA0\x8E"
            "b][\xC2\x85][c]");
  EXPECT_EQ(shown("a b", by_regex(R"(\S)", "a b")), "[a][ ][b]");
}

TEST(Regex, CountsMarksAsWordCharacters) {
  EXPECT_EQ(shown("e\xCC\x81-½", by_regex(R"(\w+)", "e\xCC\x81-½")), "[e\xCC\x81][-][½]");
}

TEST(Regex, RefusesABrokenExpressionByName) {
  try {
    const Regex regex("(a", "tokenizer.json: pre_tokenizer");
    FAIL() << "it was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::BadFile);
    EXPECT_NE(std::string(error.what()).find("tokenizer.json: pre_tokenizer"), std::string::npos);
  }
}

TEST(Regex, GivesUpOnATextThatTakesTooManySteps) {
  const Regex regex("(a+)+$", "test");
  const std::string text = std::string(5'000, 'a') + "b";
  Regex::Search search(regex, text);
  EXPECT_THROW(search.next(), Error);
}

}  // namespace
}  // namespace bantam::text
