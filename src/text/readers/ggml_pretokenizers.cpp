#include "text/readers/ggml_pretokenizers.h"

#include <array>
#include <string>

#include "base/error.h"
#include "base/format.h"

namespace bantam::text {
namespace {

using Steps = std::vector<PreTokenizerStep>;
using enum SplitBehavior;
using Kind = ClassSplit::Kind;

PatternSplit by(std::string_view pattern) {
  return split_by_expression(pattern, Isolated, false, "built-in pre-tokenizer");
}

Steps gpt2() { return {by(patterns::kGpt2)}; }
Steps llama3() { return {by(patterns::kLlama3)}; }
Steps qwen2() { return {by(patterns::kQwen2)}; }
Steps qwen35() { return {by(patterns::kQwen35)}; }
Steps gpt4o() { return {by(patterns::kGpt4o)}; }
Steps tekken() { return {by(patterns::kTekken)}; }
Steps single_digits() { return {ClassSplit{Kind::Number, Isolated}, by(patterns::kGpt2)}; }

// Falcon's last two steps come after ByteLevel: bytes such as 0xBD, "½", are numbers to them.
Steps falcon() {
  return {
      ClassSplit{Kind::Punctuation, Contiguous}, by(patterns::kGpt2),        ToByteAlphabet{},
      ClassSplit{Kind::Number, Contiguous},      by(patterns::kThreeDigits), FromByteAlphabet{}};
}

Steps ggml_default() {
  return {ClassSplit{Kind::Punctuation, Contiguous}, by(patterns::kGpt2),
          ClassSplit{Kind::Number, Contiguous}, by(patterns::kThreeDigits)};
}

Steps deepseek_llm() {
  return {by(patterns::kLineBreak),
          by(patterns::kDeepSeekLlmLetters),
          by(patterns::kDeepSeekLlmPunctuation),
          by(patterns::kTrailingSpace),
          by(patterns::kDeepSeekCjk),
          ClassSplit{Kind::Number, Isolated}};
}

Steps deepseek_coder() {
  return {by(patterns::kLineBreak), by(patterns::kDeepSeekCoderLetters),
          by(patterns::kDeepSeekCoderPunctuation), by(patterns::kDeepSeekCjk),
          ClassSplit{Kind::Number, Isolated}};
}

Steps deepseek_v3() {
  return {by(patterns::kDeepSeekV3Digits), by(patterns::kDeepSeekV3Cjk),
          by(patterns::kDeepSeekV3Words)};
}

struct Row {
  std::string_view name;
  Steps (*steps)();
  bool nfc = false, ignore_merges = false, adds_bos = false;
};

// The names that llama.cpp's converter writes.
constexpr std::array kRows{
    Row{.name = "", .steps = gpt2},  // files older than the key
    Row{.name = "default", .steps = ggml_default},
    Row{.name = "gpt-2", .steps = gpt2},
    Row{.name = "phi-2", .steps = gpt2},
    Row{.name = "jina-es", .steps = gpt2},
    Row{.name = "jina-de", .steps = gpt2},
    Row{.name = "jina-v1-en", .steps = gpt2},
    Row{.name = "jina-v2-es", .steps = gpt2},
    Row{.name = "jina-v2-de", .steps = gpt2},
    Row{.name = "jina-v2-code", .steps = gpt2},
    Row{.name = "roberta-bpe", .steps = gpt2},
    Row{.name = "exaone4", .steps = gpt2},
    Row{.name = "trillion", .steps = gpt2},
    Row{.name = "granite-docling", .steps = gpt2},
    Row{.name = "mellum", .steps = gpt2},
    Row{.name = "gigachat", .steps = gpt2},
    Row{.name = "mpt", .steps = gpt2, .nfc = true},
    Row{.name = "gpt-neox", .steps = gpt2, .nfc = true},
    Row{.name = "olmo", .steps = gpt2, .nfc = true},
    Row{.name = "modern-bert", .steps = gpt2, .nfc = true},
    Row{.name = "llama3", .steps = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "llama-v3", .steps = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "llama-bpe", .steps = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "falcon3", .steps = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "falcon-h1", .steps = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "pixtral", .steps = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "midm-2.0", .steps = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "lfm2", .steps = llama3, .ignore_merges = true, .adds_bos = true},
    Row{.name = "dbrx", .steps = llama3},
    Row{.name = "smaug-bpe", .steps = llama3},
    Row{.name = "glm4", .steps = llama3},
    Row{.name = "chatglm-bpe", .steps = llama3},
    Row{.name = "cl100k", .steps = llama3},
    Row{.name = "qwen2", .steps = qwen2, .nfc = true},
    Row{.name = "deepseek-r1-qwen", .steps = qwen2, .nfc = true},
    Row{.name = "megrez", .steps = qwen2, .nfc = true},
    Row{.name = "stablelm2", .steps = qwen2, .nfc = true},
    Row{.name = "hunyuan", .steps = qwen2},
    Row{.name = "qwen35", .steps = qwen35, .nfc = true},
    Row{.name = "gpt-4o", .steps = gpt4o},
    Row{.name = "llama4", .steps = gpt4o},
    Row{.name = "tekken", .steps = tekken, .ignore_merges = true, .adds_bos = true},
    Row{.name = "falcon", .steps = falcon},
    Row{.name = "starcoder", .steps = single_digits},
    Row{.name = "refact", .steps = single_digits},
    Row{.name = "command-r", .steps = single_digits, .nfc = true},
    Row{.name = "smollm", .steps = single_digits},
    Row{.name = "codeshell", .steps = single_digits},
    Row{.name = "exaone", .steps = single_digits},
    Row{.name = "minerva-7b", .steps = single_digits},
    Row{.name = "deepseek-llm", .steps = deepseek_llm},
    Row{.name = "deepseek-coder", .steps = deepseek_coder},
    Row{.name = "deepseek-v3", .steps = deepseek_v3},
    Row{.name = "hunyuan-dense", .steps = deepseek_v3},
};

}  // namespace

GgmlPreTokenizer find_ggml_pretokenizer(std::string_view name, std::string_view file) {
  std::string known;
  for (const Row& row : kRows) {
    if (row.name == name) {
      GgmlPreTokenizer result{row.steps(), {}, row.ignore_merges, row.adds_bos};
      if (row.nfc) result.normalizer.emplace_back(NormalForm::Nfc);
      return result;
    }
    if (!row.name.empty()) known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  throw Error(ErrorCode::Unsupported, format("{}: tokenizer.ggml.pre: found {}, expected one of {}",
                                             file, bantam::quoted(name), known));
}

}  // namespace bantam::text
