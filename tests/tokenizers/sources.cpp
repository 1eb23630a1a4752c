#include "tokenizers/sources.h"

#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/utf8.h"
#include "formats/gguf_reader.h"
#include "support/paths.h"
#include "text/pipeline/token_decoder.h"
#include "text/sentencepiece.h"
#include "text/tiktoken.h"
#include "text/tokenizer_json.h"
#include "text/vocabulary.h"

namespace bantam::test {
namespace {

using nlohmann::json;
using text::Tokenizer;

constexpr const char* kLlama3Split =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3})"
    R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kQwen2Split =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+)"
    R"([\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kCl100kSplit =
    R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++)"
    R"([\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s)";

Tokenizer from_json(const json& file) {
  return text::tokenizer_from_json(file.dump(), "made by the test");
}

json added_token(int id, const std::string& content, bool special) {
  return {{"id", id},        {"content", content},     {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", !special}, {"special", special}};
}

json byte_level(bool use_regex) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", use_regex}};
}

json split(const std::string& pattern) {
  return {{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}};
}

// vocab.json and merges.txt of GPT-2's time.
json merges_of_text(const std::string& lines) {
  json merges = json::array();
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && !line.starts_with("#version")) merges.push_back(line);
  }
  return merges;
}

json byte_level_file(json vocab, json merges, json pretokenizer, bool ignore_merges = false) {
  return {{"model",
           {{"type", "BPE"},
            {"vocab", std::move(vocab)},
            {"merges", std::move(merges)},
            {"ignore_merges", ignore_merges}}},
          {"pre_tokenizer", std::move(pretokenizer)},
          {"decoder", {{"type", "ByteLevel"}}},
          {"added_tokens", json::array()}};
}

std::vector<std::pair<std::string, text::TokenId>> llama3_specials(bool names_of_31) {
  std::map<int, std::string> fixed{{0, "begin_of_text"},
                                   {1, "end_of_text"},
                                   {6, "start_header_id"},
                                   {7, "end_header_id"},
                                   {9, "eot_id"}};
  if (names_of_31) {
    fixed[4] = "finetune_right_pad_id", fixed[8] = "eom_id", fixed[10] = "python_tag";
  }
  std::vector<std::pair<std::string, text::TokenId>> result;
  int reserved = 0;
  for (int i = 0; i < 256; ++i) {
    const bool named = fixed.contains(i);
    const std::string name =
        named ? fixed[i] : "reserved_special_token_" + std::to_string(reserved++);
    result.emplace_back("<|" + name + "|>", 128000 + i);
  }
  return result;
}

Tokenizer llama32() {
  json file = byte_level_file(
      json::parse(read_shared("data/tokenizers/llama3/llama3.2/encoder.json")),
      merges_of_text(read_shared("data/tokenizers/llama3/llama3.2/vocab.bpe")),
      {{"type", "Sequence"}, {"pretokenizers", {split(kLlama3Split), byte_level(false)}}}, true);
  for (const auto& [content, id] : llama3_specials(true)) {
    file["added_tokens"].push_back(added_token(id, content, true));
  }
  file["post_processor"] = {
      {"type", "TemplateProcessing"},
      {"single",
       {{{"SpecialToken", {{"id", "<|begin_of_text|>"}, {"type_id", 0}}}},
        {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}},
      {"special_tokens",
       {{"<|begin_of_text|>", {{"id", "<|begin_of_text|>"}, {"ids", {128000}}}}}}};
  return from_json(file);
}

Tokenizer llama3_tiktoken() {
  return text::tokenizer_from_tiktoken(read_shared("data/tokenizers/llama3/tokenizer.model"),
                                       "tokenizer.model",
                                       {.pattern = kLlama3Split,
                                        .special_tokens = llama3_specials(false),
                                        .bos = "<|begin_of_text|>",
                                        .eos = "<|end_of_text|>",
                                        .add_bos = true});
}

Tokenizer cl100k() {
  return text::tokenizer_from_tiktoken(read_shared("data/tokenizers/gpt2/cl100k_base.tiktoken"),
                                       "cl100k_base.tiktoken",
                                       {.pattern = kCl100kSplit,
                                        .special_tokens = {{"<|endoftext|>", 100257},
                                                           {"<|fim_prefix|>", 100258},
                                                           {"<|fim_middle|>", 100259},
                                                           {"<|fim_suffix|>", 100260},
                                                           {"<|endofprompt|>", 100276}},
                                        .bos = "",
                                        .eos = "<|endoftext|>"});
}

std::string alphabet_text(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    append_utf8(text, text::byte_to_alphabet(static_cast<unsigned char>(byte)));
  }
  return text;
}

// Qwen's own file is in tiktoken's format; its tokenizer.json has NFC and added tokens besides.
Tokenizer qwen(const std::string& config_file) {
  const Tokenizer ranks = text::tokenizer_from_tiktoken(
      read_shared("data/tokenizers/qwen/qwen.tiktoken"), "qwen.tiktoken", {.pattern = kQwen2Split});
  json vocab = json::object();
  for (text::TokenId id = 0; id < ranks.vocab_size(); ++id) {
    vocab[alphabet_text(ranks.token_bytes(id))] = id;
  }
  json merges = json::array();
  for (text::TokenId id = 0; id < ranks.vocab_size(); ++id) {
    // The two tokens that a token's own bytes give without it are its merge: see the reference
    // script.
    const std::string bytes(ranks.token_bytes(id));
    if (bytes.size() < 2) continue;
    std::vector<std::string> parts;
    for (const char byte : bytes) parts.emplace_back(1, byte);
    const auto rank = [&](const std::string& part) {
      const auto found = vocab.find(alphabet_text(part));
      return found == vocab.end() ? id : found->get<text::TokenId>();
    };
    while (parts.size() > 2) {
      std::size_t best = 0;
      for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
        if (rank(parts[i] + parts[i + 1]) < rank(parts[best] + parts[best + 1])) best = i;
      }
      if (rank(parts[best] + parts[best + 1]) >= id) break;
      parts[best] += parts[best + 1];
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    }
    if (parts.size() == 2) merges.push_back({alphabet_text(parts[0]), alphabet_text(parts[1])});
  }
  json file = byte_level_file(
      std::move(vocab), std::move(merges),
      {{"type", "Sequence"}, {"pretokenizers", {split(kQwen2Split), byte_level(false)}}});
  file["normalizer"] = {{"type", "NFC"}};
  json config = json::parse(read_shared(config_file));
  for (auto& [id, token] : config["added_tokens_decoder"].items()) token["normalized"] = false;
  config.erase("add_bos_token");
  return text::tokenizer_from_json(file.dump(), "qwen",
                                   text::tokenizer_config_from_json(config.dump(), config_file));
}

Tokenizer gpt2_files(const std::string& vocab, const std::string& merges, int end_of_text) {
  json file = byte_level_file(json::parse(read_shared(vocab)), merges_of_text(read_shared(merges)),
                              byte_level(true));
  file["added_tokens"].push_back(added_token(end_of_text, "<|endoftext|>", true));
  return from_json(file);
}

// This copy has blanks for U+00A0 in three merges and in the vocabulary; Phi-3's vocabulary is the
// same, intact.
Tokenizer llama2_hf() {
  json file = json::parse(read_shared("data/tokenizers/llama2-spm/hf/tokenizer.json"));
  const json good =
      json::parse(read_shared("data/tokenizers/phi/phi-3-mini/tokenizer.json"))["model"];
  json& merges = file["model"]["merges"];
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const std::string merge = merges[i];
    if (std::count(merge.begin(), merge.end(), ' ') != 1) merges[i] = good["merges"][i];
  }
  file["model"]["vocab"] = good["vocab"];
  return from_json(file);
}

// This copy has lost the Digits step.
Tokenizer smollm2_with_digits() {
  json file = json::parse(read_shared("data/tokenizers/smollm2/tokenizer.json"));
  file["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers", {{{"type", "Digits"}, {"individual_digits", true}}, byte_level(true)}}};
  return from_json(file);
}

// llama2.c's tokenizer.bin: int32 longest, then for each token float score, int32 length, bytes.
Tokenizer llama2c(const std::string& relative) {
  const std::string bytes = read_shared(relative);
  std::vector<std::string> tokens;
  text::Vocabulary vocabulary;
  for (std::size_t at = 4; at + 8 <= bytes.size();) {
    float score = 0;
    std::int32_t length = 0;
    std::memcpy(&score, bytes.data() + at, 4);
    std::memcpy(&length, bytes.data() + at + 4, 4);
    std::string token = bytes.substr(at + 8, static_cast<std::size_t>(length));
    at += 8 + static_cast<std::size_t>(length);
    std::string marked;
    for (const char c : token) marked += c == ' ' ? "\xE2\x96\x81" : std::string(1, c);
    tokens.push_back(std::move(marked));
    vocabulary.scores.push_back(static_cast<double>(score));
  }
  tokens[1] = "<s>", tokens[2] = "</s>";
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool is_byte = text::byte_of_piece(tokens[i]) >= 0;
    vocabulary.token_types.push_back(i == 0 ? 2 : i < 3 ? 3 : is_byte ? 6 : 1);
  }
  const std::vector<std::string_view> views(tokens.begin(), tokens.end());
  vocabulary.file = relative, vocabulary.model = "llama", vocabulary.tokens = views;
  vocabulary.bos = 1, vocabulary.eos = 2, vocabulary.unknown = 0;
  return text::tokenizer_from_vocabulary(vocabulary);
}

TokenizerSource json_file(const std::string& name, const std::string& data) {
  return {name, data, [=] { return text::tokenizer_from_json(read_shared(data), data); }};
}

TokenizerSource model_file(const std::string& name, const std::string& data) {
  return {name, data, [=] {
            const std::string bytes = read_shared(data);
            return text::tokenizer_from_sentencepiece(std::as_bytes(std::span(bytes)), data);
          }};
}

TokenizerSource gguf_file(const std::string& name, const std::string& data) {
  return {name, data, [=] { return tokenizer_of_gguf(data); }};
}

}  // namespace

std::string read_shared(const std::string& relative) {
  std::ifstream in(shared(relative), std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + relative);
  return {std::istreambuf_iterator<char>(in), {}};
}

Tokenizer tokenizer_of_gguf(const std::string& relative, const std::string& pre) {
  const formats::TensorFile file =
      formats::open_gguf(shared(relative), formats::GgufContent::HeaderOnly);
  const formats::Metadata& metadata = file.metadata();
  const auto key = [](const char* name) { return std::string("tokenizer.ggml.") + name; };
  const auto id = [&](const char* name) -> std::optional<text::TokenId> {
    const auto value = metadata.integer(key(name), -1, 1 << 30);
    if (!value || *value < 0) return std::nullopt;
    return static_cast<text::TokenId>(*value);
  };
  text::Vocabulary vocabulary;
  vocabulary.file = relative;
  vocabulary.model_name = std::string(metadata.text("general.name").value_or(""));
  vocabulary.model = std::string(metadata.require_text(key("model")));
  vocabulary.pre = pre.empty() ? std::string(metadata.text(key("pre")).value_or("")) : pre;
  vocabulary.tokens = *metadata.texts(key("tokens"));
  vocabulary.scores = metadata.reals(key("scores")).value_or(std::vector<double>());
  vocabulary.token_types =
      metadata.integers(key("token_type")).value_or(std::vector<std::int64_t>());
  if (const auto* merges = metadata.texts(key("merges"))) vocabulary.merges = *merges;
  vocabulary.bos = id("bos_token_id"), vocabulary.eos = id("eos_token_id");
  vocabulary.eot = id("eot_token_id"), vocabulary.eom = id("eom_token_id");
  vocabulary.unknown = id("unknown_token_id"), vocabulary.pad = id("padding_token_id");
  vocabulary.separator = id("seperator_token_id"), vocabulary.cls = id("cls_token_id");
  vocabulary.add_bos = metadata.boolean(key("add_bos_token"));
  vocabulary.add_eos = metadata.boolean(key("add_eos_token"));
  vocabulary.add_space_prefix = metadata.boolean(key("add_space_prefix"));
  vocabulary.remove_extra_whitespaces = metadata.boolean(key("remove_extra_whitespaces"));
  return text::tokenizer_from_vocabulary(vocabulary);
}

const std::vector<TokenizerSource>& tokenizer_sources() {
  const std::string root = "data/tokenizers/", ggml = root + "ggml-vocab/ggml-vocab-";
  static const std::vector<TokenizerSource> sources{
      model_file("llama2", root + "llama2-spm/tokenizer.model"),
      {"llama2-hf", root + "llama2-spm/hf/tokenizer.json", llama2_hf},
      {"llama3.2", root + "llama3/llama3.2/encoder.json", llama32},
      {"llama3-tiktoken", root + "llama3/tokenizer.model", llama3_tiktoken},
      {"qwen2.5", root + "qwen/qwen.tiktoken",
       [=] { return qwen(root + "qwen/qwen2.5/tokenizer_config.json"); }},
      {"qwen3", root + "qwen/qwen.tiktoken",
       [=] { return qwen(root + "qwen/qwen3/tokenizer_config.json"); }},
      {"gpt2", root + "gpt2/encoder.json",
       [=] { return gpt2_files(root + "gpt2/encoder.json", root + "gpt2/vocab.bpe", 50256); }},
      {"cl100k", root + "gpt2/cl100k_base.tiktoken", cl100k},
      json_file("phi-2", root + "phi/phi-2/tokenizer.json"),
      json_file("phi-3-mini", root + "phi/phi-3-mini/tokenizer.json"),
      {"smollm2", root + "smollm2/tokenizer.json", smollm2_with_digits},
      json_file("smollm2-as-file", root + "smollm2/tokenizer.json"),
      json_file("tinystories-656K", "data/models/tinystories-656K/hf/tokenizer.json"),
      gguf_file("tinystories-656K-gguf", "data/models/tinystories-656K/TinyStories-656K-Q8_0.gguf"),
      model_file("mistral-v1", root + "mistral/tokenizer.model.v1"),
      model_file("mistral-v2", root + "mistral/mistral_instruct_tokenizer_240216.model.v2"),
      model_file("mistral-v3", root + "mistral/mistral_instruct_tokenizer_240323.model.v3"),
      model_file("mistral-v7", root + "mistral/mistral_instruct_tokenizer_241114.model.v7"),
      model_file("unigram-en", root + "spm-bpe-fixtures/test_model.model"),
      model_file("unigram-ja", root + "spm-bpe-fixtures/test_ja_model.model"),
      {"bpe-500", root + "spm-bpe-fixtures/bpe-training/train-bpe-reference-vocab.json",
       [=] {
         const std::string files = root + "spm-bpe-fixtures/bpe-training/train-bpe-reference-";
         return gpt2_files(files + "vocab.json", files + "merges.txt", 0);
       }},
      {"stories-512", "data/models/stories260K/tok512.bin",
       [] { return llama2c("data/models/stories260K/tok512.bin"); }},
      {"stories-4096", "data/models/stories3M-q80/tok4096.bin",
       [] { return llama2c("data/models/stories3M-q80/tok4096.bin"); }},
      gguf_file("baichuan", ggml + "baichuan.gguf"),
      gguf_file("bert-bge", ggml + "bert-bge.gguf"),
      gguf_file("bytes-259", "data/models/gguf-malformed-fuzz/tiny-random-90K-f32.gguf"),
      gguf_file("bpe-287", "data/models/gguf-malformed-fuzz/valid-small.gguf"),
      gguf_file("deepseek-coder", ggml + "deepseek-coder.gguf"),
      gguf_file("deepseek-llm", ggml + "deepseek-llm.gguf"),
      gguf_file("falcon", ggml + "falcon.gguf"),
      gguf_file("mpt", ggml + "mpt.gguf"),
      gguf_file("refact", ggml + "refact.gguf"),
      gguf_file("starcoder", ggml + "starcoder.gguf"),
      gguf_file("gpt2", ggml + "gpt-2.gguf"),
      gguf_file("llama2", ggml + "llama-spm.gguf"),
      {"mpt", ggml + "gpt-neox.gguf",
       [=] { return tokenizer_of_gguf(ggml + "gpt-neox.gguf", "gpt-neox"); }},
  };
  return sources;
}

}  // namespace bantam::test
