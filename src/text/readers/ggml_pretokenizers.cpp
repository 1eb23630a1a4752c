#include "text/readers/ggml_pretokenizers.h"

#include <array>
#include <string>
#include <type_traits>

#include "base/error.h"
#include "base/format.h"

namespace bantam::text {
namespace {

using Rules = std::vector<SplitRule>;
using enum SplitBehavior;
using Kind = ClassSplit::Kind;

Rules gpt2() { return {patterns::kGpt2}; }
Rules llama3() { return {patterns::kLlama3}; }
Rules qwen2() { return {patterns::kQwen2}; }
Rules qwen35() { return {patterns::kQwen35}; }
Rules gpt4o() { return {patterns::kGpt4o}; }
Rules tekken() { return {patterns::kTekken}; }
Rules single_digits() { return {ClassSplit{Kind::Number, Isolated}, patterns::kGpt2}; }

// Falcon's last two steps come after ByteLevel: bytes such as 0xBD, "½", are numbers to them.
Rules falcon() {
  return {ClassSplit{Kind::Punctuation, Contiguous}, patterns::kGpt2,        ToByteAlphabet{},
          ClassSplit{Kind::Number, Contiguous},      patterns::kThreeDigits, FromByteAlphabet{}};
}

Rules ggml_default() {
  return {ClassSplit{Kind::Punctuation, Contiguous}, patterns::kGpt2,
          ClassSplit{Kind::Number, Contiguous}, patterns::kThreeDigits};
}

Rules deepseek_llm() {
  return {
      patterns::kLineBreak,     patterns::kDeepSeekLlmLetters, patterns::kDeepSeekLlmPunctuation,
      patterns::kTrailingSpace, patterns::kDeepSeekCjk,        ClassSplit{Kind::Number, Isolated}};
}

Rules deepseek_coder() {
  return {patterns::kLineBreak, patterns::kDeepSeekCoderLetters,
          patterns::kDeepSeekCoderPunctuation, patterns::kDeepSeekCjk,
          ClassSplit{Kind::Number, Isolated}};
}

Rules deepseek_v3() {
  return {patterns::kDeepSeekV3Digits, patterns::kDeepSeekV3Cjk, patterns::kDeepSeekV3Words};
}

struct Row {
  std::string_view name;
  Rules (*rules)();
  bool nfc = false, ignore_merges = false, adds_bos = false;
};

// The names that llama.cpp's converter writes.
constexpr std::array kRows{
    Row{.name = "", .rules = gpt2},  // files older than the key
    Row{.name = "default", .rules = ggml_default},
    Row{.name = "gpt-2", .rules = gpt2},
    Row{.name = "phi-2", .rules = gpt2},
    Row{.name = "jina-es", .rules = gpt2},
    Row{.name = "jina-de", .rules = gpt2},
    Row{.name = "jina-v1-en", .rules = gpt2},
    Row{.name = "jina-v2-es", .rules = gpt2},
    Row{.name = "jina-v2-de", .rules = gpt2},
    Row{.name = "jina-v2-code", .rules = gpt2},
    Row{.name = "roberta-bpe", .rules = gpt2},
    Row{.name = "exaone4", .rules = gpt2},
    Row{.name = "trillion", .rules = gpt2},
    Row{.name = "granite-docling", .rules = gpt2},
    Row{.name = "mellum", .rules = gpt2},
    Row{.name = "gigachat", .rules = gpt2},
    Row{.name = "mpt", .rules = gpt2, .nfc = true},
    Row{.name = "gpt-neox", .rules = gpt2, .nfc = true},
    Row{.name = "olmo", .rules = gpt2, .nfc = true},
    Row{.name = "modern-bert", .rules = gpt2, .nfc = true},
    Row{.name = "llama3", .rules = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "llama-v3", .rules = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "llama-bpe", .rules = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "falcon3", .rules = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "falcon-h1", .rules = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "pixtral", .rules = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "midm-2.0", .rules = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "lfm2", .rules = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "dbrx", .rules = llama3},
    Row{.name = "smaug-bpe", .rules = llama3},
    Row{.name = "glm4", .rules = llama3},
    Row{.name = "chatglm-bpe", .rules = llama3},
    Row{.name = "cl100k", .rules = llama3},
    Row{.name = "qwen2", .rules = qwen2, .nfc = true},
    Row{.name = "deepseek-r1-qwen", .rules = qwen2, .nfc = true},
    Row{.name = "megrez", .rules = qwen2, .nfc = true},
    Row{.name = "stablelm2", .rules = qwen2, .nfc = true},
    Row{.name = "hunyuan", .rules = qwen2},
    Row{.name = "qwen35", .rules = qwen35, .nfc = true},
    Row{.name = "gpt-4o", .rules = gpt4o},
    Row{.name = "llama4", .rules = gpt4o},
    Row{.name = "tekken", .rules = tekken, .ignore_merges = true, .adds_bos = true},
    Row{.name = "falcon", .rules = falcon},
    Row{.name = "starcoder", .rules = single_digits},
    Row{.name = "refact", .rules = single_digits},
    Row{.name = "command-r", .rules = single_digits, .nfc = true},
    Row{.name = "smollm", .rules = single_digits},
    Row{.name = "codeshell", .rules = single_digits},
    Row{.name = "exaone", .rules = single_digits},
    Row{.name = "minerva-7b", .rules = single_digits},
    Row{.name = "deepseek-llm", .rules = deepseek_llm},
    Row{.name = "deepseek-coder", .rules = deepseek_coder},
    Row{.name = "deepseek-v3", .rules = deepseek_v3},
    Row{.name = "hunyuan-dense", .rules = deepseek_v3},
};

GgmlSplitRules rules_of(const Row& row) {
  return {row.name, row.rules(), row.nfc, row.ignore_merges, row.adds_bos};
}

}  // namespace

std::vector<GgmlSplitRules> all_ggml_split_rules() {
  std::vector<GgmlSplitRules> all;
  for (const Row& row : kRows) {
    if (!row.name.empty()) all.push_back(rules_of(row));
  }
  return all;
}

GgmlSplitRules find_ggml_split_rules(std::string_view name, std::string_view file) {
  std::string known;
  for (const Row& row : kRows) {
    if (row.name == name) return rules_of(row);
    if (!row.name.empty()) known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  throw Error(ErrorCode::Unsupported, format("{}: tokenizer.ggml.pre: found {}, expected one of {}",
                                             file, bantam::quoted(name), known));
}

std::vector<PreTokenizerStep> steps_of(const std::vector<SplitRule>& rules) {
  std::vector<PreTokenizerStep> steps;
  for (const SplitRule& rule : rules) {
    std::visit(
        [&](const auto& step) {
          if constexpr (std::is_same_v<std::decay_t<decltype(step)>, std::string_view>) {
            steps.emplace_back(
                split_by_expression(step, Isolated, false, "built-in pre-tokenizer"));
          } else {
            steps.emplace_back(step);
          }
        },
        rule);
  }
  return steps;
}

GgmlPreTokenizer find_ggml_pretokenizer(std::string_view name, std::string_view file) {
  const GgmlSplitRules found = find_ggml_split_rules(name, file);
  GgmlPreTokenizer result{steps_of(found.rules), {}, found.ignore_merges, found.adds_bos};
  if (found.has_nfc) result.normalizer.emplace_back(NormalForm::Nfc);
  return result;
}

}  // namespace bantam::text
