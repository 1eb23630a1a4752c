// Token ids to text as they come, whole characters only.
#pragma once

#include <string>

#include "text/tokenizer.h"

namespace bantam::text {

// Holds back the bytes of a character that is not complete yet. Views the tokenizer, which outlives
// it. One thread at a time.
class StreamDecoder {
 public:
  // `special` says whether control tokens show.
  explicit StreamDecoder(const Tokenizer& tokenizer, SpecialTokens special = SpecialTokens::Skip)
      : tokenizer_(&tokenizer), special_(special) {}

  // The text that can be shown now: everything up to a character that the next token may complete.
  // Bytes that can no longer become a character show as U+FFFD.
  std::string push(TokenId id);
  // What was held back, with U+FFFD for an unfinished character; then ready for a new text.
  std::string finish();

 private:
  const Tokenizer* tokenizer_;
  SpecialTokens special_;
  std::string held_;
  bool at_start_ = true;
};

}  // namespace bantam::text
