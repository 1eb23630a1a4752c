#include "text/tokenizer.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <random>
#include <thread>

#include "support/paths.h"
#include "text/sentencepiece.h"
#include "text/tokenizer_json.h"

namespace bantam::text {
namespace {

using Ids = std::vector<TokenId>;

struct Fixture {
  const char* name;
  bool sentencepiece;
};
void PrintTo(const Fixture& one, std::ostream* out) { *out << one.name; }

Tokenizer load(const Fixture& one) {
  const std::filesystem::path path = test::fixture(std::string("tokenizers/") + one.name) /
                                     (one.sentencepiece ? "tokenizer.model" : "tokenizer.json");
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  return one.sentencepiece
             ? tokenizer_from_sentencepiece(std::as_bytes(std::span(bytes)), path.string())
             : tokenizer_from_json(bytes, path.string());
}

// What hostile texts are made of, over and over.
constexpr std::string_view kUnits[] = {"a",
                                       "A",
                                       " ",
                                       "\t",
                                       "\n",
                                       " \n",
                                       "\r\n",
                                       "7",
                                       "1a",
                                       "'",
                                       "'s",
                                       "!",
                                       "_",
                                       "-",
                                       "<",
                                       "<|",
                                       "[",
                                       "\x01",
                                       "é",
                                       "e\xCC\x81",
                                       "\xCC\x81",
                                       "\xCC\x81\xCC\xA3",
                                       "中",
                                       "か",
                                       "한",
                                       "😀",
                                       "\xE2\x80\x8D",
                                       "👨‍👩‍👧",
                                       "🇮🇹",
                                       "½",
                                       "ﷺ",
                                       "▁",
                                       "Ġ",
                                       "\xC2\xA0",
                                       "\xE3\x80\x80",
                                       "\xE2\x80\xA8",
                                       "\xFF",
                                       "\xE2\x82",
                                       "ab",
                                       "   a",
                                       "the ",
                                       "<|im_start|>",
                                       "<s>",
                                       "</s>"};

std::string repeat(std::string_view unit, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += unit;
  return text;
}

// Runs `work` on a thread with a stack of 256 KiB.
void on_small_stack(std::function<void()> work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  pthread_t thread;
  const auto run = [](void* argument) -> void* {
    (*static_cast<std::function<void()>*>(argument))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &work), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

class FixtureTokenizer : public testing::TestWithParam<Fixture> {};

TEST_P(FixtureTokenizer, EncodesHostileTextsOnASmallStack) {
  const Tokenizer tokenizer = load(GetParam());
  on_small_stack([&] {
    for (const std::string_view unit : kUnits) {
      const Ids ids = tokenizer.encode(repeat(unit, 100'000));
      EXPECT_LE(ids.size(), 1'000'000u);
      tokenizer.decode(ids);
    }
  });
}

double cpu_seconds(const std::function<void()>& work) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    const double start = now();
    work();
    best = std::min(best, now() - start);
  }
  return best;
}

TEST_P(FixtureTokenizer, TakesTimeInProportionToHostileTexts) {
  const Tokenizer tokenizer = load(GetParam());
  for (const std::string_view unit : kUnits) {
    const std::string text = repeat(unit, 60'000), longer = repeat(unit, 480'000);
    // Quadratic time would be 64 times as much; caches and page faults are worth a factor of two.
    // A busy machine can disturb a measurement, never make quadratic work look linear: ask again.
    double once = 0, eight = 0;
    bool linear = false;
    for (int attempt = 0; attempt < 8 && !linear; ++attempt) {
      once = cpu_seconds([&] { tokenizer.encode(text); });
      eight = cpu_seconds([&] { tokenizer.encode(longer); });
      linear = eight < 24 * once + 0.01;
    }
    EXPECT_TRUE(linear) << unit << ": " << once << " s, then " << eight << " s";
  }
}

TEST_P(FixtureTokenizer, NeverMakesControlTokensOfPlainText) {
  const Tokenizer tokenizer = load(GetParam());
  std::vector<std::string> names;
  for (TokenId id = 0; id < tokenizer.vocab_size(); ++id) {
    if (tokenizer.is_control(id)) names.emplace_back(tokenizer.piece(id));
  }
  ASSERT_FALSE(names.empty());
  for (std::uint32_t seed = 1; seed <= 1'000; ++seed) {
    std::mt19937 random(seed);
    std::string text;
    for (auto parts = random() % 6 + 1; parts > 0; --parts) {
      if (random() % 2 == 0)
        text += names[random() % names.size()];
      else
        text += kUnits[random() % std::size(kUnits)];
    }
    for (const TokenId id :
         tokenizer.encode(text, {.add_special = false, .parse_special = false})) {
      ASSERT_FALSE(tokenizer.is_control(id) && id != tokenizer.unknown())
          << "seed " << seed << ": " << text;
    }
  }
}

TEST_P(FixtureTokenizer, GivesOneAnswerToManyThreads) {
  const Tokenizer tokenizer = load(GetParam());
  std::string text;
  for (const std::string_view unit : kUnits) text += unit, text += " word ";
  const Ids expected = tokenizer.encode(text);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 50; ++n) wrong[i] += tokenizer.encode(text) != expected;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST_P(FixtureTokenizer, ReadsBrokenTextAsReplacementCharacters) {
  const Tokenizer tokenizer = load(GetParam());
  EXPECT_EQ(tokenizer.encode("a\xFF"
                             "b\xE2\x82"),
            tokenizer.encode("a\xEF\xBF\xBD"
                             "b\xEF\xBF\xBD"));
}

TEST_P(FixtureTokenizer, AppendsToWhatIsThere) {
  const Tokenizer tokenizer = load(GetParam());
  Ids ids{1, 2, 3};
  tokenizer.encode("hello", {}, ids);
  Ids expected{1, 2, 3};
  for (const TokenId id : tokenizer.encode("hello")) expected.push_back(id);
  EXPECT_EQ(ids, expected);
}

INSTANTIATE_TEST_SUITE_P(All, FixtureTokenizer,
                         testing::Values(Fixture{"byte-bpe", false}, Fixture{"spm-bpe", true},
                                         Fixture{"spm-unigram", true}, Fixture{"wordpiece", false}),
                         [](const auto& one) {
                           std::string name = one.param.name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace bantam::text
