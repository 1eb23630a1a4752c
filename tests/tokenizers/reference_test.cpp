// Ids, texts and streams against what the tokenizers' own libraries give.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/paths.h"
#include "text/sentencepiece.h"
#include "text/stream_decoder.h"
#include "text/tokenizer_json.h"
#include "text/unicode/normal_form.h"
#include "tokenizers/sources.h"

namespace bantam::test {
namespace {

using nlohmann::json;
using text::SpecialTokens;
using text::Tokenizer;
using Ids = std::vector<text::TokenId>;

constexpr int kShown = 4;  // differences printed for each tokenizer

std::vector<json> read_lines(const std::filesystem::path& path) {
  std::vector<json> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  return lines;
}

// Counts differences and prints the first few.
class Differences {
 public:
  explicit Differences(std::string name) : name_(std::move(name)) {}
  template <typename T>
  void compare(const char* field, const json& record, const T& found, const T& expected) {
    ++compared_;
    if (found == expected) return;
    if (++count_ > kShown) return;
    const auto dump = [](const json& value) {
      return value.dump(-1, ' ', true, json::error_handler_t::replace).substr(0, 400);
    };
    ADD_FAILURE() << name_ << ": " << field << " of " << dump(record["text"]) << "\n  found    "
                  << dump(found) << "\n  expected " << dump(expected);
  }
  ~Differences() {
    if (count_ > kShown)
      ADD_FAILURE() << name_ << ": " << count_ << " of " << compared_ << " differ";
  }

 private:
  std::string name_;
  int count_ = 0, compared_ = 0;
};

// The library decodes added tokens through the byte alphabet, which breaks "ü" and the like; ours
// show their own text.
bool is_broken_by_alphabet(const std::string& text, const std::string& decoded) {
  return decoded.find("\xEF\xBF\xBD") != std::string::npos &&
         text.find("\xEF\xBF\xBD") == std::string::npos;
}

// The library shows an added token that is looked for in normalized text as that text, "▁<s>", and
// does not skip it where special tokens are skipped; ours shows and skips "<s>".
bool has_normalized_specials(const std::string& name) {
  return name == "llama2-hf" || name == "tinystories-656K";
}
std::string without_blanks_before_tokens(std::string text) {
  for (std::size_t at = text.find(" <"); at != text.npos; at = text.find(" <")) text.erase(at, 1);
  return text;
}

void check_records(const std::string& name, const Tokenizer& tokenizer,
                   const std::vector<json>& records, bool sentencepiece) {
  const bool added_letters = name.starts_with("deepseek");
  const bool normalized_specials = has_normalized_specials(name);
  Differences differences(name);
  for (const json& record : records) {
    const std::string text = record["text"];
    const Ids ids = record["ids"], bare = record["ids_no_special"];
    const Ids plain = record.contains("ids_plain") ? record["ids_plain"].get<Ids>() : bare;
    const bool parse = !sentencepiece;
    differences.compare("ids", record, tokenizer.encode(text, {true, parse}), ids);
    differences.compare("ids_no_special", record, tokenizer.encode(text, {false, parse}), bare);
    differences.compare("ids_plain", record, tokenizer.encode(text, {false, false}), plain);
    const std::string decoded = record["decoded"];
    if (added_letters && is_broken_by_alphabet(text, decoded)) {
      EXPECT_TRUE(tokenizer.decode(ids).ends_with(text)) << text;
      continue;
    }
    if (normalized_specials) {
      differences.compare("decoded", record, without_blanks_before_tokens(tokenizer.decode(ids)),
                          without_blanks_before_tokens(decoded));
      continue;
    }
    const std::string skipped =
        record.contains("decoded_skip") ? record["decoded_skip"].get<std::string>() : decoded;
    differences.compare("decoded", record, tokenizer.decode(ids, SpecialTokens::Keep), decoded);
    differences.compare("decoded_skip", record, tokenizer.decode(ids, SpecialTokens::Skip),
                        skipped);
  }
}

void check_streams(const std::string& name, const Tokenizer& tokenizer,
                   const std::vector<json>& records) {
  Differences differences(name + " streaming");
  for (const json& record : records) {
    text::StreamDecoder decoder(tokenizer, SpecialTokens::Keep);
    std::vector<std::string> emitted;
    for (const text::TokenId id : record["ids"].get<Ids>()) emitted.push_back(decoder.push(id));
    differences.compare("emitted", record, emitted,
                        record["emitted"].get<std::vector<std::string>>());
    EXPECT_EQ(decoder.finish(), "");
  }
}

// SentencePiece finds no control pieces in text.
bool is_sentencepiece(const std::string& name) {
  for (const char* other : {"llama2", "mistral-v1", "mistral-v2", "mistral-v3", "mistral-v7",
                            "unigram-en", "unigram-ja", "stories-512", "stories-4096", "baichuan",
                            "bytes-259", "tinystories-656K-gguf"}) {
    if (name == other) return true;
  }
  return false;
}

std::string file_name(const testing::TestParamInfo<const char*>& file) {
  std::string name = file.param;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

class TokenizerReference : public testing::TestWithParam<TokenizerSource> {};

TEST_P(TokenizerReference, GivesTheIdsTextsAndStreamsOfItsOwnLibrary) {
  const TokenizerSource& source = GetParam();
  BANTAM_NEEDS_SHARED(source.data);
  const std::filesystem::path folder = shared("reference/tokenizers");
  const Tokenizer tokenizer = source.make();
  check_records(source.name, tokenizer, read_lines(folder / (source.name + ".jsonl")),
                is_sentencepiece(source.name));
  check_streams(source.name, tokenizer,
                read_lines(folder / "streaming" / (source.name + ".jsonl")));
}

std::string source_name(const testing::TestParamInfo<TokenizerSource>& source) {
  std::string name = source.param.name + "_" + std::to_string(source.index);
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}
INSTANTIATE_TEST_SUITE_P(All, TokenizerReference, testing::ValuesIn(tokenizer_sources()),
                         source_name);

TEST_P(TokenizerReference, NeverMakesControlTokensOfPlainText) {
  const TokenizerSource& source = GetParam();
  BANTAM_NEEDS_SHARED(source.data);
  const Tokenizer tokenizer = source.make();
  for (text::TokenId id = 0; id < tokenizer.vocab_size(); ++id) {
    if (!tokenizer.is_control(id)) continue;
    const std::string name(tokenizer.piece(id));
    for (const std::string& text : {name, "a" + name, name + name, " " + name + "\nb"}) {
      for (const text::TokenId made : tokenizer.encode(text, {false, false})) {
        EXPECT_FALSE(tokenizer.is_control(made) && made != tokenizer.unknown()) << text;
      }
    }
  }
}

class OwnTokenizer : public testing::TestWithParam<const char*> {};

TEST_P(OwnTokenizer, GivesTheIdsTextsAndStreamsOfItsLibrary) {
  const std::string name = GetParam();
  const std::filesystem::path folder = fixture("tokenizers/" + name);
  const bool sentencepiece = name.starts_with("spm");
  const std::filesystem::path path =
      folder / (sentencepiece ? "tokenizer.model" : "tokenizer.json");
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const Tokenizer tokenizer = sentencepiece ? text::tokenizer_from_sentencepiece(
                                                  std::as_bytes(std::span(bytes)), path.string())
                                            : text::tokenizer_from_json(bytes, path.string());
  check_records(name, tokenizer, read_lines(folder / "golden.jsonl"), sentencepiece);
  check_streams(name, tokenizer, read_lines(folder / "streaming.jsonl"));
}
INSTANTIATE_TEST_SUITE_P(All, OwnTokenizer,
                         testing::Values("byte-bpe", "spm-bpe", "spm-unigram", "wordpiece"),
                         file_name);

class UpstreamPairs : public testing::TestWithParam<const char*> {};

// llama.cpp's own .inp and .out files: texts between separators, a line of ids for each.
TEST_P(UpstreamPairs, GiveTheRecordedIds) {
  const std::string name = GetParam();
  const std::string vocabulary = "data/tokenizers/ggml-vocab/ggml-vocab-" + name + ".gguf";
  BANTAM_NEEDS_SHARED(vocabulary);
  const Tokenizer tokenizer = tokenizer_of_gguf(vocabulary);
  for (const std::string folder : {"", "newer_ik_llama/"}) {
    const std::string base =
        "data/tokenizers/ggml-vocab/" + folder + "ggml-vocab-" + name + ".gguf";
    const std::string texts = read_shared(base + ".inp"), separator = "\n__ggml_vocab_test__\n";
    std::istringstream lines(read_shared(base + ".out"));
    std::size_t at = 0;
    int cases = 0;
    for (std::string line; std::getline(lines, line); ++cases) {
      const std::size_t end = std::min(texts.find(separator, at), texts.size());
      const std::string text = texts.substr(at, end - at);
      at = std::min(end + separator.size(), texts.size());
      std::istringstream numbers(line);
      const Ids expected{std::istream_iterator<text::TokenId>(numbers), {}};
      EXPECT_EQ(tokenizer.encode(text, {false, false}), expected) << folder << ": " << text;
    }
    EXPECT_EQ(cases, 46);
  }
}
INSTANTIATE_TEST_SUITE_P(All, UpstreamPairs,
                         testing::Values("bert-bge", "deepseek-coder", "deepseek-llm", "falcon",
                                         "gpt-2", "llama-spm", "mpt", "phi-3", "refact",
                                         "starcoder"),
                         file_name);

// The GGUF does not say what swallows white space; the name of the model does.
TEST(TokenizerOfGguf, ParsesTheControlTokensOfPhi3AsItsTokenizerJsonDoes) {
  const std::string vocabulary = "data/tokenizers/ggml-vocab/ggml-vocab-phi-3.gguf";
  BANTAM_NEEDS_SHARED(vocabulary);
  const Tokenizer tokenizer = tokenizer_of_gguf(vocabulary);
  Differences differences("phi-3 GGUF");
  for (const json& record : read_lines(shared("reference/tokenizers/phi-3-mini.jsonl"))) {
    differences.compare("ids_no_special", record,
                        tokenizer.encode(record["text"].get<std::string>(), {false, true}),
                        record["ids_no_special"].get<Ids>());
  }
}

// Both files of each tiny model hold one tokenizer. deepseek2's tokenizer.json has fewer letters.
TEST(TokenizerOfGguf, GivesTheIdsOfTheTokenizerJsonBesideIt) {
  BANTAM_NEEDS_SHARED("reference/families");
  const std::vector<json> strings = read_lines(shared("reference/tokenizers/strings.jsonl"));
  int compared = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(shared("reference/families"))) {
    if (entry.path().filename() != "model.gguf") continue;
    const std::filesystem::path folder = entry.path().parent_path();
    if (!std::filesystem::exists(folder / "tokenizer.json") || folder.filename() == "deepseek2")
      continue;
    const std::string name = std::filesystem::relative(folder, shared(""));
    const Tokenizer of_json =
        text::tokenizer_from_json(read_shared(name + "/tokenizer.json"), name);
    const Tokenizer of_gguf = tokenizer_of_gguf(name + "/model.gguf");
    EXPECT_EQ(of_gguf.vocab_size(), of_json.vocab_size());
    Differences differences(name);
    for (const json& record : strings) {
      const std::string text = record["text"];
      if (text::normalize(text, text::NormalForm::Nfc) != text) continue;
      differences.compare("ids", record, of_gguf.encode(text), of_json.encode(text));
    }
    ++compared;
  }
  EXPECT_GT(compared, 10);
}

}  // namespace
}  // namespace bantam::test
