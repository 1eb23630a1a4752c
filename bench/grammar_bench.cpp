// Cost of answers in a form: compiling a grammar, and the mask of allowed tokens for each token of
// a text that follows it, on one thread.
//
// Uses the small tokenizer under tests/fixtures, and those with 49,000 to 152,000 tokens under
// $BANTAM_SHARED/data/tokenizers where that is set.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "text/grammar/gbnf.h"
#include "text/grammar/json_schema.h"
#include "text/grammar/regex.h"
#include "text/grammar/token_matcher.h"
#include "text/tiktoken.h"
#include "text/tokenizer_json.h"

namespace {

using namespace bantam::grammar;
using bantam::text::TokenId;
using bantam::text::Tokenizer;

struct Form {
  const char* name;
  Grammar (*compile)();
  std::string text;  // that follows it
};

Grammar person() {
  return compile_json_schema(R"({
    "type": "object",
    "properties": {
      "name": {"type": "string"}, "age": {"type": "integer", "minimum": 0, "maximum": 130},
      "email": {"type": "string", "format": "email"}, "bio": {"type": "string", "maxLength": 400},
      "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 8},
      "address": {"type": "object", "properties": {"street": {"type": "string"},
        "city": {"type": "string"}, "zip": {"type": "string", "pattern": "^[0-9]{5}$"}},
        "required": ["street", "city"]},
      "friends": {"type": "array", "items": {"$ref": "#"}},
      "status": {"enum": ["active", "inactive", "banned"]}, "score": {"type": "number"}},
    "required": ["name", "age", "status"]})");
}

Grammar tool_call() {
  return compile_json_schema(R"({"anyOf": [
    {"type": "object", "properties": {"name": {"const": "search"}, "arguments": {"type": "object",
      "properties": {"query": {"type": "string"}, "limit": {"type": "integer"}}, "required": ["query"]}},
      "required": ["name", "arguments"]},
    {"type": "object", "properties": {"name": {"const": "weather"}, "arguments": {"type": "object",
      "properties": {"city": {"type": "string"}, "unit": {"enum": ["C", "F"]}}, "required": ["city"]}},
      "required": ["name", "arguments"]}]})");
}

Grammar words() {
  return compile_gbnf(
      "root ::= sentence (\" \" sentence)*\nsentence ::= [A-Z] [a-z]* (\",\"? \" \" [a-z]+)* "
      "\".\"\n");
}

Grammar expression() { return compile_regex("([A-Z][a-z]+ ){2,6}\\d{4}-\\d{2}-\\d{2}( .*)?"); }

const std::vector<Form>& forms() {
  static const std::string person_text =
      R"({"name": "Maria Gonzalez", "age": 42, "email": "maria.gonzalez@example.org", )"
      R"("bio": "Maria writes software for a small company in Lisbon. She likes hiking, old )"
      R"(maps, and the \"quiet\" hours of the morning; on weekends she repairs bicycles.", )"
      R"("tags": ["engineer", "hiker", "maps"], "address": {"street": "Rua do Sol 12", )"
      R"("city": "Lisbon", "zip": "12345"}, "friends": [{"name": "Bob", "age": 39, )"
      R"("status": "inactive"}], "status": "active", "score": 97.25})";
  static const std::string sentences =
      "The weather was fine, and the people of the town went out into the fields. Nobody knew why "
      "the old mill had stopped, though some had a story about it. It was late when they came "
      "back.";
  static const std::vector<Form> list = {
      {"json", compile_json_object, person_text},
      {"person", person, person_text},
      {"tool_call", tool_call,
       R"({"name": "search", "arguments": {"query": "cheap flights from Lisbon to Oslo", "limit": 5}})"},
      {"sentences", words, sentences},
      {"expression", expression, "Report From The Old Mill 2024-05-17 all machines run again"}};
  return list;
}

void compiling(benchmark::State& state, const Form& form) {
  for (auto _ : state) benchmark::DoNotOptimize(form.compile().state_count());
  state.counters["states"] = static_cast<double>(form.compile().state_count());
}

double at_share(std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

// Every round is a request in a form that was not seen before: nothing is cached from the last one.
void masks(benchmark::State& state, const Tokenizer& tokenizer,
           const std::shared_ptr<const VocabularyTrie>& vocabulary, const Form& form) {
  std::vector<TokenId> ids = tokenizer.encode(form.text, {.add_special = false});
  std::vector<double> mask_us, accept_us, ahead_us;
  const auto microseconds = [](auto begin, auto end) {
    return std::chrono::duration<double, std::micro>(end - begin).count();
  };
  using Clock = std::chrono::steady_clock;
  for (auto _ : state) {
    Grammar compiled = form.compile();
    const auto start = Clock::now();
    const auto grammar = std::make_shared<TokenGrammar>(std::move(compiled), vocabulary);
    TokenMatcher matcher(grammar, {tokenizer.vocab_size()});
    ahead_us.push_back(microseconds(start, Clock::now()));
    for (const TokenId id : ids) {
      const auto before = Clock::now();
      benchmark::DoNotOptimize(matcher.allowed().data());
      const auto between = Clock::now();
      if (!matcher.accept(id)) {
        state.SkipWithError("the text does not follow its form");
        return;
      }
      accept_us.push_back(microseconds(between, Clock::now()));
      mask_us.push_back(microseconds(before, between));
    }
  }
  for (auto* times : {&mask_us, &accept_us, &ahead_us}) std::sort(times->begin(), times->end());
  double sum = 0;
  for (const double us : mask_us) sum += us;
  state.counters["tokens"] = static_cast<double>(ids.size());
  state.counters["mask_mean_us"] = sum / static_cast<double>(mask_us.size());
  state.counters["mask_p50_us"] = at_share(mask_us, 0.5);
  state.counters["mask_p99_us"] = at_share(mask_us, 0.99);
  state.counters["mask_max_us"] = mask_us.back();
  state.counters["accept_p99_us"] = at_share(accept_us, 0.99);
  state.counters["ahead_ms"] = at_share(ahead_us, 0.5) / 1000;
}

void register_tokenizer(const std::string& name, const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return;
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const auto tokenizer = std::make_shared<const Tokenizer>(
      path.extension() == ".json"
          ? bantam::text::tokenizer_from_json(bytes, path.string())
          : bantam::text::tokenizer_from_tiktoken(bytes, path.string(),
                                                  {.pattern = "\\p{L}+|\\p{N}|[^\\p{L}\\p{N}]"}));
  const auto vocabulary = std::make_shared<const VocabularyTrie>(*tokenizer);
  benchmark::RegisterBenchmark((name + "/trie").c_str(), [=](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(VocabularyTrie(*tokenizer).nodes().size());
  })->Unit(benchmark::kMillisecond);
  for (const Form& form : forms()) {
    benchmark::RegisterBenchmark(
        (name + "/masks/" + form.name).c_str(),
        [=](benchmark::State& state) { masks(state, *tokenizer, vocabulary, form); })
        ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace

int main(int argc, char** argv) {
  for (const Form& form : forms()) {
    benchmark::RegisterBenchmark((std::string("compile/") + form.name).c_str(),
                                 [=](benchmark::State& state) { compiling(state, form); })
        ->Unit(benchmark::kMicrosecond);
  }
  register_tokenizer("byte-bpe-1k", "tests/fixtures/tokenizers/byte-bpe/tokenizer.json");
  if (const char* shared = std::getenv("BANTAM_SHARED")) {
    const std::filesystem::path data = std::filesystem::path(shared) / "data/tokenizers";
    register_tokenizer("smollm2", data / "smollm2/tokenizer.json");
    register_tokenizer("qwen", data / "qwen/qwen.tiktoken");
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
