#include "text/ggml_splits.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "text/readers/ggml_pretokenizers.h"
#include "text/readers/pipeline_json.h"
#include "text/readers/tokenizer_file.h"

namespace bantam::text {
namespace {

using Json = nlohmann::json;

// What the known ways to split treat differently: case, contractions, runs of digits, marks, other
// scripts, symbols, blanks and ends of lines.
constexpr std::string_view kProbe =
    "Hello WORLD helloWorld it's IT'S we'Ll 1 12 123 1234567 3.14 a1b2 x_y foo.bar(baz)[0]\n"
    "\n\n  indented\t\ttabs \r\n trailing   \n ... !!!??? -- /path//to\n/ #$%^&* 'quoted' (x) "
    "na\xC3\xAFve caf\xC3\xA9 cafe\xCC\x81 \xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82 "
    "\xE4\xBD\xA0\xE5\xA5\xBD\xE4\xB8\x96\xE7\x95\x8C\xE3\x80\x82 "
    "\xE3\x81\x93\xE3\x82\x93 \xED\x95\x9C\xEA\xB5\xAD\xEC\x96\xB4 "
    "\xD8\xB9\xD8\xB1\xD8\xA8\xD9\x8A \xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\xA8 "
    "\xF0\x9F\x98\x80\xF0\x9F\x98\x80 \xC2\xBD \xE2\x85\xA3 \xE2\x82\xAC"
    "5 a\xC2\xA0"
    "b  end ";

using Pieces = std::vector<std::string>;

Pieces pieces_of(const std::vector<PreTokenizerStep>& steps) {
  std::string text(kProbe);
  std::vector<Span> spans;
  PreTokenizer(steps).split(text, true, spans);
  Pieces pieces;
  for (const Span span : spans) pieces.push_back(text.substr(span.begin, span.end - span.begin));
  return pieces;
}

// The place of a name in "a|b", or one past them all.
std::size_t rank_in(std::string_view preferred, std::string_view name) {
  std::size_t rank = 0;
  while (!preferred.empty()) {
    const std::size_t end = std::min(preferred.find('|'), preferred.size());
    if (preferred.substr(0, end) == name) return rank;
    preferred.remove_prefix(std::min(end + 1, preferred.size()));
    ++rank;
  }
  return rank;
}

bool has_nfc(const std::vector<NormalizerStep>& steps) {
  return std::ranges::any_of(steps, [](const NormalizerStep& step) {
    const auto* form = std::get_if<NormalForm>(&step);
    return form != nullptr && *form == NormalForm::Nfc;
  });
}

const char* behavior_name(SplitBehavior behavior) {
  return behavior == SplitBehavior::Contiguous ? "Contiguous" : "Isolated";
}

Json json_of(const ClassSplit& split) {
  if (split.kind == ClassSplit::Kind::Punctuation) {
    return {{"type", "Punctuation"}, {"behavior", behavior_name(split.behavior)}};
  }
  return {{"type", "Digits"}, {"individual_digits", split.behavior == SplitBehavior::Isolated}};
}

Json json_of(std::string_view pattern) {
  return {{"type", "Split"},
          {"pattern", {{"Regex", pattern}}},
          {"behavior", "Isolated"},
          {"invert", false}};
}

Json byte_level() {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", true},
          {"use_regex", false}};
}

Json json_of(ToByteAlphabet) { return byte_level(); }
Json json_of(FromByteAlphabet) { return nullptr; }  // the last step's alphabet stays

}  // namespace

std::vector<std::string_view> find_ggml_split_names(std::string_view tokenizer_json,
                                                    std::string_view file,
                                                    std::string_view preferred) {
  const TokenizerFile stored = read_tokenizer_file(tokenizer_json, file);
  const Pieces wanted = pieces_of(read_pretokenizer(stored.pretokenizer, file).steps);
  const bool nfc = has_nfc(read_normalizer(stored.normalizer, file));
  std::vector<GgmlSplitRules> alike = all_ggml_split_rules();
  std::erase_if(alike, [&](const GgmlSplitRules& rules) {
    return pieces_of(steps_of(rules.rules)) != wanted;
  });
  std::ranges::stable_sort(alike, {}, [&](const GgmlSplitRules& rules) {
    return std::tuple(rank_in(preferred, rules.name),
                      rules.ignore_merges != stored.model.ignore_merges, rules.has_nfc != nfc);
  });
  std::vector<std::string_view> names;
  for (const GgmlSplitRules& rules : alike) names.push_back(rules.name);
  return names;
}

SplitJson split_json_of(std::string_view ggml_name, std::string_view file) {
  const GgmlSplitRules found = find_ggml_split_rules(ggml_name, file);
  Json steps = Json::array();
  bool is_byte_level = false;
  for (const SplitRule& rule : found.rules) {
    is_byte_level = is_byte_level || std::holds_alternative<ToByteAlphabet>(rule);
    Json step = std::visit([](const auto& held) { return json_of(held); }, rule);
    if (!step.is_null()) steps.push_back(std::move(step));
  }
  if (!is_byte_level) steps.push_back(byte_level());
  return {.pretokenizer = Json{{"type", "Sequence"}, {"pretokenizers", steps}}.dump(),
          .normalizer = found.has_nfc ? Json{{"type", "NFC"}}.dump() : "null",
          .ignore_merges = found.ignore_merges,
          .adds_bos = found.adds_bos};
}

}  // namespace bantam::text
