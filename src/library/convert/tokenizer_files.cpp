// tokenizer.json, tokenizer.model and their kin from GGUF metadata.
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"
#include "library/convert/folder_files.h"
#include "text/ggml_splits.h"
#include "text/models/token_table.h"

namespace bantam::library {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using text::TokenKind;

void write_file(const fs::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

// JSON holds no other text.
void require_utf8(const formats::Metadata& gguf, std::string_view key, std::string_view text) {
  if (is_valid_utf8(text)) return;
  gguf.fail(key, "bytes that are not UTF-8", "text that the files of a folder can hold");
}

void require_utf8(const formats::Metadata& gguf) {
  for (const std::string_view key : {"tokenizer.ggml.tokens", "tokenizer.ggml.merges"}) {
    const auto* texts = gguf.texts(key);
    if (texts == nullptr) continue;
    for (const std::string_view text : *texts) require_utf8(gguf, key, text);
  }
  constexpr std::string_view kTemplate = "tokenizer.chat_template";
  require_utf8(gguf, kTemplate, gguf.text(kTemplate).value_or(""));
}

// The vocabulary that GGUF metadata hold. Views them.
struct Vocabulary {
  explicit Vocabulary(const formats::Metadata& gguf)
      : metadata(gguf),
        tokens(*gguf.texts("tokenizer.ggml.tokens")),
        kinds(gguf.integers("tokenizer.ggml.token_type").value_or(std::vector<std::int64_t>())),
        scores(gguf.reals("tokenizer.ggml.scores").value_or(std::vector<double>())) {
    kinds.resize(tokens.size(), static_cast<std::int64_t>(TokenKind::Normal));
    // Some files call the unknown token a control one; SentencePiece insists on its kind.
    const auto unknown = id("unknown");
    if (unknown) kinds[*unknown] = static_cast<std::int64_t>(TokenKind::Unknown);
    scores.resize(tokens.size());
  }

  TokenKind kind(std::size_t i) const { return static_cast<TokenKind>(kinds[i]); }
  // "[PAD17]": an id that no token has, as converters fill it.
  bool is_filler(std::size_t i) const {
    return kind(i) == TokenKind::Unused && tokens[i] == format("[PAD{}]", i);
  }
  bool is_added(std::size_t i) const {
    return kind(i) == TokenKind::Control || kind(i) == TokenKind::UserDefined ||
           kind(i) == TokenKind::Unknown;
  }
  std::optional<std::size_t> id(std::string_view name) const {
    const std::string key = format("tokenizer.ggml.{}_token_id", name);
    const auto found = metadata.integer(key, 0, std::ssize(tokens) - 1);
    return found ? std::optional(static_cast<std::size_t>(*found)) : std::nullopt;
  }
  std::optional<bool> flag(std::string_view name) const {
    return metadata.boolean(format("tokenizer.ggml.{}", name));
  }

  const formats::Metadata& metadata;
  const std::vector<std::string_view>& tokens;
  std::vector<std::int64_t> kinds;
  std::vector<double> scores;
};

Json added_token(const Vocabulary& vocabulary, std::size_t i) {
  return {{"content", vocabulary.tokens[i]},
          {"single_word", false},
          {"lstrip", false},
          {"rstrip", false},
          {"normalized", false},
          {"special", vocabulary.kind(i) != TokenKind::UserDefined}};
}

Json tokenizer_config(const Vocabulary& vocabulary, std::string_view class_name, bool adds_bos) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {{"bos_token", "bos"},
                                                                      {"eos_token", "eos"},
                                                                      {"unk_token", "unknown"},
                                                                      {"pad_token", "padding"},
                                                                      {"mask_token", "mask"}};
  Json config{{"tokenizer_class", class_name}};
  for (const auto& [name, gguf] : kNames) {
    if (const auto id = vocabulary.id(gguf)) config[name] = vocabulary.tokens[*id];
  }
  config["add_bos_token"] = vocabulary.flag("add_bos_token").value_or(adds_bos);
  config["add_eos_token"] = vocabulary.flag("add_eos_token").value_or(false);
  config["add_prefix_space"] =
      vocabulary.flag("add_space_prefix").value_or(class_name == "LlamaTokenizer");
  config["clean_up_tokenization_spaces"] = false;
  Json decoder = Json::object();
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    if (vocabulary.is_added(i)) decoder[to_text(i)] = added_token(vocabulary, i);
  }
  config["added_tokens_decoder"] = decoder;
  if (const auto source = vocabulary.metadata.text("tokenizer.chat_template")) {
    config["chat_template"] = *source;
  }
  return config;
}

// "<s> A": what goes in front of a text and behind it.
Json template_of(const Vocabulary& vocabulary, bool adds_bos, bool adds_eos) {
  const auto special = [&](std::size_t id) {
    return Json{{"SpecialToken", {{"id", vocabulary.tokens[id]}, {"type_id", 0}}}};
  };
  Json single = Json::array(), named = Json::object();
  const auto name = [&](std::size_t id) {
    named[std::string(vocabulary.tokens[id])] = {
        {"id", vocabulary.tokens[id]}, {"ids", {id}}, {"tokens", {vocabulary.tokens[id]}}};
  };
  const auto bos = vocabulary.id("bos"), eos = vocabulary.id("eos");
  if (adds_bos && bos) single.push_back(special(*bos)), name(*bos);
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  if (adds_eos && eos) single.push_back(special(*eos)), name(*eos);
  Json pair = single;
  Json second = single;
  for (Json& part : second) {
    Json& content = part.begin().value();
    content["type_id"] = 1;
    if (part.contains("Sequence")) content["id"] = "B";
  }
  pair.insert(pair.end(), second.begin(), second.end());
  return {{"type", "TemplateProcessing"},
          {"single", single},
          {"pair", pair},
          {"special_tokens", named}};
}

Json byte_level() {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", true},
          {"use_regex", false}};
}

Json merges_of(const formats::Metadata& gguf) {
  Json merges = Json::array();
  const auto* stored = gguf.texts("tokenizer.ggml.merges");
  if (stored == nullptr) return merges;
  for (const std::string_view merge : *stored) {
    const std::size_t blank = merge.find(' ', 1);
    if (blank == merge.npos) gguf.fail("tokenizer.ggml.merges", quoted(merge), "two tokens");
    merges.push_back(Json::array({merge.substr(0, blank), merge.substr(blank + 1)}));
  }
  return merges;
}

// What a tokenizer.json with merges says besides its tokens.
struct MergeRules {
  Json normalizer, pretokenizer, decoder;
  Json model;  // what differs from the defaults below
  std::string_view class_name;
  bool adds_bos = false;
};

void write_merges(const Vocabulary& vocabulary, const MergeRules& rules, const fs::path& folder) {
  const bool adds_bos = vocabulary.flag("add_bos_token").value_or(rules.adds_bos);
  const bool adds_eos = vocabulary.flag("add_eos_token").value_or(false);
  Json added = Json::array(), ids = Json::object();
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    if (vocabulary.is_filler(i)) continue;
    if (vocabulary.is_added(i)) {
      Json token{{"id", i}};
      token.update(added_token(vocabulary, i));
      added.push_back(std::move(token));
    }
    ids[std::string(vocabulary.tokens[i])] = i;
  }
  Json model{{"type", "BPE"},
             {"dropout", nullptr},
             {"unk_token", nullptr},
             {"continuing_subword_prefix", nullptr},
             {"end_of_word_suffix", nullptr},
             {"fuse_unk", false},
             {"byte_fallback", false},
             {"ignore_merges", false}};
  model.update(rules.model);
  model["vocab"] = ids;
  model["merges"] = merges_of(vocabulary.metadata);
  const Json root{{"version", "1.0"},
                  {"truncation", nullptr},
                  {"padding", nullptr},
                  {"added_tokens", added},
                  {"normalizer", rules.normalizer},
                  {"pre_tokenizer", rules.pretokenizer},
                  {"post_processor", template_of(vocabulary, adds_bos, adds_eos)},
                  {"decoder", rules.decoder},
                  {"model", model}};
  write_file(folder / "tokenizer.json", root.dump(1) + "\n");
  write_file(folder / "tokenizer_config.json",
             tokenizer_config(vocabulary, rules.class_name, rules.adds_bos).dump(2) + "\n");
}

void write_byte_level(const Vocabulary& vocabulary, const fs::path& folder) {
  const formats::Metadata& gguf = vocabulary.metadata;
  const text::SplitJson split =
      text::split_json_of(gguf.text("tokenizer.ggml.pre").value_or(""), gguf.file());
  write_merges(vocabulary,
               {.normalizer = Json::parse(split.normalizer),
                .pretokenizer = Json::parse(split.pretokenizer),
                .decoder = byte_level(),
                .model = {{"ignore_merges", split.ignore_merges}},
                .class_name = "PreTrainedTokenizerFast",
                .adds_bos = split.adds_bos},
               folder);
}

// Merges of characters, with bytes for those that no token has, as Gemma 4's.
void write_merged_characters(const Vocabulary& vocabulary, const fs::path& folder) {
  constexpr std::string_view kBlank = "\xE2\x96\x81";
  const auto replace = [](std::string_view from, std::string_view to) {
    return Json{{"type", "Replace"}, {"pattern", {{"String", from}}}, {"content", to}};
  };
  Json steps = Json::array();
  steps.push_back(replace(kBlank, " "));
  for (const char* step : {"ByteFallback", "Fuse"}) steps.push_back({{"type", step}});
  const auto unknown = vocabulary.id("unknown");
  write_merges(vocabulary,
               {.normalizer = replace(" ", kBlank),
                .pretokenizer = nullptr,
                .decoder = {{"type", "Sequence"}, {"decoders", steps}},
                .model = {{"unk_token", unknown ? Json(vocabulary.tokens[*unknown]) : Json()},
                          {"fuse_unk", true},
                          {"byte_fallback", true}},
                .class_name = "GemmaTokenizer",
                .adds_bos = true},
               folder);
}

// Protocol buffers' wire format, as far as SentencePiece's ModelProto needs it
// (sentencepiece_model.proto).
class Message {
 public:
  void varint(std::uint32_t field, std::uint64_t value) {
    put(field << 3);
    put(value);
  }
  void bytes(std::uint32_t field, std::string_view value) {
    put(field << 3 | 2);
    put(value.size());
    out_ += value;
  }
  void real(std::uint32_t field, float value) {
    put(field << 3 | 5);
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    out_.append(raw, sizeof raw);
  }
  const std::string& text() const { return out_; }

 private:
  void put(std::uint64_t value) {
    for (; value >= 128; value >>= 7) out_ += static_cast<char>(value | 128);
    out_ += static_cast<char>(value);
  }

  std::string out_;
};

void put_id(const Vocabulary& vocabulary, std::string_view name, std::uint32_t field,
            Message& trainer) {
  // A negative id is 64 bits wide on the wire: there is no such token.
  const auto id = vocabulary.id(name);
  trainer.varint(field, id ? *id : ~std::uint64_t{0});
}

void write_sentencepiece(const Vocabulary& vocabulary, const fs::path& folder) {
  Message model, trainer, normalizer;
  bool has_bytes = false;
  std::size_t count = vocabulary.tokens.size();
  while (count > 0 && vocabulary.is_filler(count - 1)) --count;
  for (std::size_t i = 0; i < count; ++i) {
    Message piece;
    piece.bytes(1, vocabulary.tokens[i]);
    piece.real(2, static_cast<float>(vocabulary.scores[i]));
    piece.varint(3, static_cast<std::uint64_t>(vocabulary.kinds[i]));
    model.bytes(1, piece.text());
    has_bytes = has_bytes || vocabulary.kind(i) == TokenKind::Byte;
  }
  trainer.varint(3, 2);  // model_type: BPE
  trainer.varint(4, count);
  trainer.varint(35, has_bytes ? 1 : 0);
  put_id(vocabulary, "unknown", 40, trainer);
  put_id(vocabulary, "bos", 41, trainer);
  put_id(vocabulary, "eos", 42, trainer);
  put_id(vocabulary, "padding", 43, trainer);
  normalizer.bytes(1, "identity");
  normalizer.varint(3, vocabulary.flag("add_space_prefix").value_or(true) ? 1 : 0);
  normalizer.varint(4, vocabulary.flag("remove_extra_whitespaces").value_or(false) ? 1 : 0);
  normalizer.varint(5, 1);
  model.bytes(2, trainer.text());
  model.bytes(3, normalizer.text());
  write_file(folder / "tokenizer.model", model.text());
  write_file(folder / "tokenizer_config.json",
             tokenizer_config(vocabulary, "LlamaTokenizer", true).dump(2) + "\n");
}

}  // namespace

void write_tokenizer_files(const formats::Metadata& gguf, const fs::path& folder,
                           std::vector<std::string>& notes) {
  const std::string_view model = gguf.text("tokenizer.ggml.model").value_or("none");
  const bool is_there = gguf.texts("tokenizer.ggml.tokens") != nullptr;
  require_utf8(gguf);
  if (is_there && model == "gpt2") return write_byte_level(Vocabulary(gguf), folder);
  if (is_there && model == "gemma4") return write_merged_characters(Vocabulary(gguf), folder);
  if (is_there && model == "llama") return write_sentencepiece(Vocabulary(gguf), folder);
  notes.push_back(
      format("the file's tokenizer, {}, cannot be written as files of a folder; copy "
             "them from where the model comes from",
             quoted(model)));
}

}  // namespace bantam::library
