// Speed of tokenizers: bytes a second on one thread, for plain English, mixed text and hostile
// text.
//
// Uses the tokenizers under tests/fixtures, and those under $BANTAM_SHARED/data/tokenizers where
// that is set.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "text/sentencepiece.h"
#include "text/stream_decoder.h"
#include "text/tokenizer_json.h"

namespace {

using bantam::text::Tokenizer;

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Tokenizer load(const std::filesystem::path& path) {
  const std::string bytes = read(path);
  return path.extension() == ".json" ? bantam::text::tokenizer_from_json(bytes, path.string())
                                     : bantam::text::tokenizer_from_sentencepiece(
                                           std::as_bytes(std::span(bytes)), path.string());
}

// Sentences with the usual mixture of words, numbers and punctuation.
std::string english(std::size_t bytes) {
  static const std::vector<std::string> words{
      "the",   "of",    "small",    "language", "model",    "It's",    "about",
      "2024,", "which", "answers",  "a",        "question", "in",      "plain",
      "words", "(and",  "quickly)", "without",  "a.",       "network;"};
  std::string text;
  for (std::uint32_t state = 1; text.size() < bytes;) {
    state = state * 1664525u + 1013904223u;
    text += words[(state >> 16) % words.size()];
    text += (state >> 8) % 23 == 0 ? "\n" : " ";
  }
  return text;
}

std::string repeat(std::string_view unit, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += unit;
  return text;
}

constexpr std::size_t kTextBytes = 1 << 20;

void encode(benchmark::State& state, const std::shared_ptr<const Tokenizer>& tokenizer,
            const std::string& text) {
  std::vector<bantam::text::TokenId> ids;
  for (auto _ : state) {
    ids.clear();
    tokenizer->encode(text, {}, ids);
    benchmark::DoNotOptimize(ids.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
  state.counters["ids_per_kB"] =
      1000.0 * static_cast<double>(ids.size()) / static_cast<double>(text.size());
}

void stream(benchmark::State& state, const std::shared_ptr<const Tokenizer>& tokenizer) {
  const auto ids = tokenizer->encode(english(1 << 16));
  for (auto _ : state) {
    bantam::text::StreamDecoder decoder(*tokenizer);
    for (const auto id : ids) benchmark::DoNotOptimize(decoder.push(id));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * ids.size()));
}

void open(benchmark::State& state, const std::filesystem::path& path) {
  for (auto _ : state) benchmark::DoNotOptimize(load(path).vocab_size());
}

void register_tokenizer(const std::string& name, const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return;
  const auto tokenizer = std::make_shared<const Tokenizer>(load(path));
  const std::pair<const char*, std::string> texts[] = {
      {"english", english(kTextBytes)},
      {"chinese", repeat("今天天气很好，我想在公园里散步。", kTextBytes)},
      {"one_letter", repeat("a", kTextBytes)},
      {"blanks", repeat(" ", kTextBytes)},
      {"digits", repeat("7", kTextBytes)},
      {"emoji", repeat("😀", kTextBytes)},
      {"marks", repeat("\xCC\x81\xCC\xA3", kTextBytes)}};
  for (const auto& [kind, text] : texts) {
    benchmark::RegisterBenchmark((name + "/encode/" + kind).c_str(), [=, text = text](
                                                                         benchmark::State& state) {
      encode(state, tokenizer, text);
    })->Unit(benchmark::kMillisecond);
  }
  benchmark::RegisterBenchmark((name + "/stream").c_str(),
                               [=](benchmark::State& state) { stream(state, tokenizer); });
  benchmark::RegisterBenchmark((name + "/open").c_str(), [=](benchmark::State& state) {
    open(state, path);
  })->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path fixtures = "tests/fixtures/tokenizers";
  register_tokenizer("byte-bpe-1k", fixtures / "byte-bpe/tokenizer.json");
  register_tokenizer("spm-bpe-1k", fixtures / "spm-bpe/tokenizer.model");
  register_tokenizer("spm-unigram-1k", fixtures / "spm-unigram/tokenizer.model");
  register_tokenizer("wordpiece-1k", fixtures / "wordpiece/tokenizer.json");
  if (const char* shared = std::getenv("BANTAM_SHARED")) {
    const std::filesystem::path data = std::filesystem::path(shared) / "data/tokenizers";
    register_tokenizer("smollm2", data / "smollm2/tokenizer.json");
    register_tokenizer("phi-2", data / "phi/phi-2/tokenizer.json");
    register_tokenizer("phi-3", data / "phi/phi-3-mini/tokenizer.json");
    register_tokenizer("llama2", data / "llama2-spm/tokenizer.model");
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
