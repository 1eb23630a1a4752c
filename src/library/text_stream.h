// From generated tokens to text that may be shown.
#pragma once

#include <string>
#include <vector>

#include "text/stop_matcher.h"
#include "text/stream_decoder.h"
#include "text/tokenizer.h"

namespace bantam::library {

// Whole characters only, nothing after a stop string. Owned by one answer; the tokenizer outlives
// it.
class TextStream {
 public:
  TextStream(const text::Tokenizer& tokenizer, std::vector<std::string> stops)
      : decoder_(tokenizer), matcher_(std::move(stops)) {}

  // What the next token lets show.
  std::string push(text::TokenId token) { return matcher_.push(decoder_.push(token)); }
  // At the end: what was held back.
  std::string finish() {
    const std::string shown = matcher_.push(decoder_.finish());
    return shown + matcher_.finish();
  }
  bool is_stopped() const { return matcher_.is_stopped(); }

 private:
  text::StreamDecoder decoder_;
  text::StopMatcher matcher_;
};

}  // namespace bantam::library
