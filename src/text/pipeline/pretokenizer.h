// Cuts a normalized text into the pieces that the model encodes one by one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "text/pipeline/regex.h"
#include "text/pipeline/split_scanner.h"

namespace bantam::text {

// What becomes of the matches of a splitting rule.
enum class SplitBehavior { Isolated, Removed, MergedWithPrevious, MergedWithNext, Contiguous };

// Characters of a class, one by one.
struct ClassSplit {
  enum class Kind { Number, Punctuation, WhiteSpace, Word } kind = Kind::Number;
  SplitBehavior behavior = SplitBehavior::Isolated;
};

// Matches of an expression; with `invert`, what lies between them.
struct PatternSplit {
  SplitScanner scanner = nullptr;  // used where the behavior is Isolated
  std::shared_ptr<const Regex> regex = nullptr;
  std::string literal = {};  // used where there is neither scanner nor regex
  SplitBehavior behavior = SplitBehavior::Isolated;
  bool invert = false;
};

// A blank in front of every piece that does not begin with one.
struct PrefixBlank {};

// Blanks become `replacement`, which also goes in front of pieces that do not begin with it.
struct Metaspace {
  enum class Prepend { Always, First, Never } prepend = Prepend::Always;
  std::string replacement = "\xE2\x96\x81";
  bool split = true;
};

// Every byte becomes its character of GPT-2's byte alphabet, or back: what ByteLevel does to the
// text that steps after it see.
struct ToByteAlphabet {};
struct FromByteAlphabet {};

using PreTokenizerStep = std::variant<ClassSplit, PatternSplit, PrefixBlank, Metaspace,
                                      ToByteAlphabet, FromByteAlphabet>;

// Steps one after the other, each on every piece of the one before. Immutable: any thread.
class PreTokenizer {
 public:
  PreTokenizer() = default;
  explicit PreTokenizer(std::vector<PreTokenizerStep> steps) : steps_(std::move(steps)) {}

  // The pieces, none of them empty, are spans of `text`, which a step may have replaced; after
  // FromByteAlphabet they may cut characters.
  // `is_first`: the text is where the whole input begins.
  void split(std::string& text, bool is_first, std::vector<Span>& pieces) const;

 private:
  std::vector<PreTokenizerStep> steps_;
};

// A step that splits by the expression, through a hand-written scanner where there is one.
// Throws Error{BadFile} naming `where` if the expression is refused.
PatternSplit split_by_expression(std::string_view pattern, SplitBehavior behavior, bool invert,
                                 std::string_view where);

}  // namespace bantam::text
