// Rewrites text before it is cut into pieces.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "text/models/prefix_trie.h"
#include "text/pipeline/charsmap.h"
#include "text/pipeline/regex.h"
#include "text/unicode/normal_form.h"

namespace bantam::text {

struct Lowercase {};
struct StripAccents {};  // drops marks of every kind
struct StripEnds {
  bool left = true, right = true;  // white space
};
struct Prepend {
  std::string text;  // in front of a text that is not empty
};
struct Replace {
  std::string literal;  // used where there is no expression
  std::shared_ptr<const Regex> regex;
  std::string replacement;
};
struct BertNormalization {
  bool clean_text = true, space_chinese = true, strip_accents = true, lowercase = true;
};
// SentencePiece's Normalizer: rules, then white space (normalizer_spec of ModelProto).
struct SentencePieceNormalization {
  std::shared_ptr<const Charsmap> rules;   // may be null
  std::shared_ptr<const PrefixTrie> kept;  // user-defined tokens that no rule touches; may be null
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = false;
  bool escape_whitespaces = true;
  bool whitespace_as_suffix = false;
};
// The rules alone, as `Precompiled` of tokenizer.json.
struct CharsmapNormalization {
  std::shared_ptr<const Charsmap> rules;
};

using NormalizerStep =
    std::variant<NormalForm, Lowercase, StripAccents, StripEnds, Prepend, Replace,
                 BertNormalization, SentencePieceNormalization, CharsmapNormalization>;

// Steps one after the other. Immutable: any thread.
class Normalizer {
 public:
  Normalizer() = default;
  explicit Normalizer(std::vector<NormalizerStep> steps) : steps_(std::move(steps)) {}
  bool empty() const { return steps_.empty(); }
  // `text` is valid UTF-8, before and after. Throws Error{BadInput} if the steps make it grow
  // without end.
  std::string apply(std::string_view text) const;

 private:
  std::vector<NormalizerStep> steps_;
};

}  // namespace bantam::text
