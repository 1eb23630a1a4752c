#include "text/readers/pipeline_json.h"

#include <algorithm>

#include "base/utf8.h"
#include "text/readers/base64.h"
#include "text/readers/json_node.h"

namespace bantam::text {
namespace {

constexpr std::string_view kBlank = "\xE2\x96\x81";  // U+2581

void check_step_count(std::size_t count, const JsonNode& node) {
  if (count > limits::kTokenizerStepsMax)
    node.fail("more steps", format("at most {}", limits::kTokenizerStepsMax));
}

// {"String": …} or {"Regex": …}
struct Pattern {
  std::string literal;
  std::string expression;
  bool is_expression = false;
};

Pattern read_pattern(const JsonNode& node) {
  Pattern pattern;
  if (node.is_text()) {
    pattern.literal = node.text();
  } else if (node.has("Regex")) {
    pattern.is_expression = true;
    pattern.expression = node.at("Regex").text();
  } else {
    pattern.literal = node.at("String").text();
  }
  if (pattern.literal.empty() && !pattern.is_expression) node.fail("an empty string", "a pattern");
  return pattern;
}

// Text that a step puts in again and again.
std::string read_content(const JsonNode& node) {
  constexpr std::size_t kContentBytesMax = 256;
  if (node.text().size() > kContentBytesMax) {
    node.fail(format("{} bytes", node.text().size()), format("at most {}", kContentBytesMax));
  }
  return node.text();
}

Replace read_replace(const JsonNode& node) {
  const Pattern pattern = read_pattern(node.at("pattern"));
  Replace replace{pattern.literal, nullptr, read_content(node.at("content"))};
  if (pattern.is_expression) {
    replace.regex = std::make_shared<const Regex>(pattern.expression, node.where());
  }
  return replace;
}

std::shared_ptr<const Charsmap> read_charsmap(const JsonNode& node) {
  const JsonNode text = node.at("precompiled_charsmap");
  const std::optional<std::string> bytes = decode_base64(text.text());
  if (!bytes) text.fail("characters outside base64", "base64");
  if (bytes->empty()) return nullptr;
  return std::make_shared<const Charsmap>(*bytes, text.where());
}

void add_normalizer(const JsonNode& node, std::vector<NormalizerStep>& steps) {
  check_step_count(steps.size(), node);
  const std::string& type = node.at("type").text();
  if (type == "Sequence") {
    node.at("normalizers").for_each([&](const JsonNode& inner) { add_normalizer(inner, steps); });
  } else if (type == "NFC") {
    steps.emplace_back(NormalForm::Nfc);
  } else if (type == "NFD") {
    steps.emplace_back(NormalForm::Nfd);
  } else if (type == "NFKC") {
    steps.emplace_back(NormalForm::Nfkc);
  } else if (type == "NFKD") {
    steps.emplace_back(NormalForm::Nfkd);
  } else if (type == "Lowercase") {
    steps.emplace_back(Lowercase{});
  } else if (type == "StripAccents") {
    steps.emplace_back(StripAccents{});
  } else if (type == "Strip") {
    steps.emplace_back(
        StripEnds{node.flag_or("strip_left", true), node.flag_or("strip_right", true)});
  } else if (type == "Prepend") {
    steps.emplace_back(Prepend{read_content(node.at("prepend"))});
  } else if (type == "Replace") {
    steps.emplace_back(read_replace(node));
  } else if (type == "Precompiled") {
    if (auto rules = read_charsmap(node))
      steps.emplace_back(CharsmapNormalization{std::move(rules)});
  } else if (type == "BertNormalizer") {
    const bool lowercase = node.flag_or("lowercase", true);
    steps.emplace_back(BertNormalization{node.flag_or("clean_text", true),
                                         node.flag_or("handle_chinese_chars", true),
                                         node.flag_or("strip_accents", lowercase), lowercase});
  } else {
    node.unsupported(format("the normalizer {}", bantam::quoted(type)));
  }
}

SplitBehavior read_behavior(const JsonNode& node) {
  const std::string& name = node.text();
  if (name == "Isolated") return SplitBehavior::Isolated;
  if (name == "Removed") return SplitBehavior::Removed;
  if (name == "MergedWithPrevious") return SplitBehavior::MergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::MergedWithNext;
  if (name == "Contiguous") return SplitBehavior::Contiguous;
  node.fail(bantam::quoted(name),
            "Isolated, Removed, MergedWithPrevious, MergedWithNext or Contiguous");
}

Metaspace read_metaspace(const JsonNode& node) {
  Metaspace step;
  step.replacement = node.text_or("replacement", kBlank);
  if (to_code_points(step.replacement).size() != 1) {
    node.fail(bantam::quoted(step.replacement, 20), "one character as replacement");
  }
  step.split = node.flag_or("split", true);
  const std::string scheme =
      node.text_or("prepend_scheme", node.flag_or("add_prefix_space", true) ? "always" : "never");
  if (scheme == "always") {
    step.prepend = Metaspace::Prepend::Always;
  } else if (scheme == "first") {
    step.prepend = Metaspace::Prepend::First;
  } else if (scheme == "never") {
    step.prepend = Metaspace::Prepend::Never;
  } else {
    node.fail(bantam::quoted(scheme), "always, first or never");
  }
  return step;
}

void add_split(const JsonNode& node, std::vector<PreTokenizerStep>& steps) {
  const Pattern pattern = read_pattern(node.at("pattern"));
  const SplitBehavior behavior = read_behavior(node.at("behavior"));
  const bool invert = node.flag_or("invert", false);
  if (pattern.is_expression) {
    steps.emplace_back(split_by_expression(pattern.expression, behavior, invert, node.where()));
  } else {
    steps.emplace_back(
        PatternSplit{.literal = pattern.literal, .behavior = behavior, .invert = invert});
  }
}

void add_byte_level(const JsonNode& node, PreTokenizerSpec& spec) {
  if (spec.byte_level) node.unsupported("a second ByteLevel");
  spec.byte_level = true;
  if (node.flag_or("add_prefix_space", true)) spec.steps.emplace_back(PrefixBlank{});
  if (!node.flag_or("use_regex", true)) return;
  spec.steps.emplace_back(
      split_by_expression(patterns::kGpt2, SplitBehavior::Isolated, false, node.where()));
}

void add_pretokenizer(const JsonNode& node, PreTokenizerSpec& spec) {
  using Kind = ClassSplit::Kind;
  check_step_count(spec.steps.size(), node);
  const std::string& type = node.at("type").text();
  if (spec.byte_level && type != "Sequence" && !spec.sees_alphabet) {
    spec.sees_alphabet = true;
    spec.steps.emplace_back(ToByteAlphabet{});
  }
  if (type == "Sequence") {
    node.at("pretokenizers").for_each([&](const JsonNode& inner) {
      add_pretokenizer(inner, spec);
    });
  } else if (type == "ByteLevel") {
    add_byte_level(node, spec);
  } else if (type == "Split") {
    add_split(node, spec.steps);
  } else if (type == "Digits") {
    const bool single = node.flag_or("individual_digits", false);
    spec.steps.emplace_back(
        ClassSplit{Kind::Number, single ? SplitBehavior::Isolated : SplitBehavior::Contiguous});
  } else if (type == "Punctuation") {
    const bool given = node.has("behavior");
    spec.steps.emplace_back(ClassSplit{
        Kind::Punctuation, given ? read_behavior(node.at("behavior")) : SplitBehavior::Isolated});
  } else if (type == "Metaspace") {
    spec.steps.emplace_back(read_metaspace(node));
  } else if (type == "Whitespace") {  // \w+|[^\w\s]+
    spec.steps.emplace_back(ClassSplit{Kind::WhiteSpace, SplitBehavior::Removed});
    spec.steps.emplace_back(ClassSplit{Kind::Word, SplitBehavior::Contiguous});
  } else if (type == "WhitespaceSplit") {
    spec.steps.emplace_back(ClassSplit{Kind::WhiteSpace, SplitBehavior::Removed});
  } else if (type == "BertPreTokenizer") {
    spec.steps.emplace_back(ClassSplit{Kind::WhiteSpace, SplitBehavior::Removed});
    spec.steps.emplace_back(ClassSplit{Kind::Punctuation, SplitBehavior::Isolated});
  } else if (type == "CharDelimiterSplit") {
    spec.steps.emplace_back(
        PatternSplit{.literal = node.at("delimiter").text(), .behavior = SplitBehavior::Removed});
  } else {
    node.unsupported(format("the pre-tokenizer {}", bantam::quoted(type)));
  }
}

void add_decoder(const JsonNode& node, DecoderSpec& spec, std::vector<DecoderStep>& steps) {
  check_step_count(steps.size(), node);
  const std::string& type = node.at("type").text();
  if (type == "Sequence") {
    node.at("decoders").for_each([&](const JsonNode& inner) { add_decoder(inner, spec, steps); });
  } else if (type == "ByteLevel") {
    spec.byte_level = true;
    steps.emplace_back(JoinBytesOfPieces{});
  } else if (type == "Replace") {
    Replace replace = read_replace(node);
    if (replace.replacement == " ") spec.blank = replace.literal;
    steps.emplace_back(
        ReplaceInPieces{std::move(replace.literal), replace.regex, std::move(replace.replacement)});
  } else if (type == "ByteFallback") {
    spec.byte_fallback = true;
    steps.emplace_back(ByteFallbackPieces{});
  } else if (type == "Fuse") {
    steps.emplace_back(FusePieces{});
  } else if (type == "Strip") {
    constexpr std::int64_t kMany = 1 << 20;
    const auto count = [&](const char* key) {
      return static_cast<std::size_t>(node.at(key).integer(0, kMany));
    };
    StripPieces strip{node.at("content").text(), count("start"), count("stop")};
    if (strip.character.empty()) node.fail("an empty content", "a character");
    spec.strips_first_blank =
        spec.strips_first_blank || (strip.character == " " && strip.start > 0);
    steps.emplace_back(std::move(strip));
  } else if (type == "Metaspace") {
    const Metaspace metaspace = read_metaspace(node);
    spec.blank = metaspace.replacement;
    spec.strips_first_blank = metaspace.prepend != Metaspace::Prepend::Never;
    steps.emplace_back(MetaspacePieces{metaspace.replacement, spec.strips_first_blank});
  } else if (type == "WordPiece") {
    spec.word_piece = true;
    spec.strips_first_blank = true;
    spec.word_prefix = node.text_or("prefix", "##");
    steps.emplace_back(WordPiecePieces{spec.word_prefix, node.flag_or("cleanup", true)});
  } else if (type == "BPEDecoder") {
    steps.emplace_back(SuffixPieces{node.text_or("suffix", "</w>")});
  } else {
    node.unsupported(format("the decoder {}", bantam::quoted(type)));
  }
}

TokenId read_id(const JsonNode& node) {
  return static_cast<TokenId>(
      node.integer(0, static_cast<std::int64_t>(limits::kTokenizerItemsMax) - 1));
}

void add_template(const JsonNode& node, Surroundings& around) {
  bool text_seen = false;
  node.at("single").for_each([&](const JsonNode& item) {
    if (item.has("Sequence")) {
      if (text_seen) item.unsupported("a template that repeats the text");
      text_seen = true;
      return;
    }
    const std::string& name = item.at("SpecialToken").at("id").text();
    const JsonNode special = node.at("special_tokens").at(name.c_str());
    special.at("ids").for_each([&](const JsonNode& id) {
      (text_seen ? around.after : around.before).push_back(read_id(id));
    });
  });
  if (!text_seen) node.at("single").fail("no Sequence", "the place of the text");
}

// ["[SEP]", 102]
TokenId read_named_id(const JsonNode& node) {
  if (!node.value().is_array() || node.value().size() != 2)
    node.fail("another value", "[token, id]");
  return read_id(JsonNode(node.value().at(1), node.file(), node.path() + "[1]"));
}

void add_post_processor(const JsonNode& node, Surroundings& around) {
  const std::string& type = node.at("type").text();
  if (type == "Sequence") {
    node.at("processors").for_each([&](const JsonNode& inner) {
      add_post_processor(inner, around);
    });
  } else if (type == "TemplateProcessing") {
    add_template(node, around);
  } else if (type == "BertProcessing" || type == "RobertaProcessing") {
    around.before.push_back(read_named_id(node.at("cls")));
    around.after.push_back(read_named_id(node.at("sep")));
  } else if (type != "ByteLevel") {  // which changes offsets only
    node.unsupported(format("the post-processor {}", bantam::quoted(type)));
  }
}

}  // namespace

std::vector<NormalizerStep> read_normalizer(const nlohmann::json& value, std::string_view file) {
  std::vector<NormalizerStep> steps;
  if (!value.is_null()) add_normalizer(JsonNode(value, file, "normalizer"), steps);
  return steps;
}

PreTokenizerSpec read_pretokenizer(const nlohmann::json& value, std::string_view file) {
  PreTokenizerSpec spec;
  if (!value.is_null()) add_pretokenizer(JsonNode(value, file, "pre_tokenizer"), spec);
  if (spec.sees_alphabet) spec.steps.emplace_back(FromByteAlphabet{});
  return spec;
}

DecoderSpec read_decoder(const nlohmann::json& value, std::string_view file) {
  DecoderSpec spec;
  DecoderSteps steps;
  if (value.is_null()) {
    steps.join_with_blank = true;
  } else {
    add_decoder(JsonNode(value, file, "decoder"), spec, steps.steps);
  }
  if (steps.steps.size() == 1 && spec.byte_level) {
    spec.decoder = JoinBytes{};
  } else {
    spec.decoder = std::move(steps);
  }
  return spec;
}

Surroundings read_post_processor(const nlohmann::json& value, std::string_view file) {
  Surroundings around;
  if (!value.is_null()) add_post_processor(JsonNode(value, file, "post_processor"), around);
  return around;
}

}  // namespace bantam::text
