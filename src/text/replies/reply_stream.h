// A model's tokens to what they say.
#pragma once

#include <vector>

#include "text/replies/reply_parser.h"
#include "text/stream_decoder.h"

namespace bantam::replies {

// Decodes tokens to whole characters and parses them, control tokens as such. Tokens that end a
// generation need not be pushed. Views the tokenizer and the tools, which outlive it. One reply;
// one thread at a time.
class ReplyStream {
 public:
  ReplyStream(const text::Tokenizer& tokenizer, const ReplyFormat& format,
              const ReplyOptions& options)
      : tokenizer_(&tokenizer), decoder_(tokenizer), parser_(format, options) {}

  std::vector<ReplyEvent> push(text::TokenId id);
  // The end of the reply: what was held back.
  std::vector<ReplyEvent> finish();

  const ReplyParser& parser() const { return parser_; }

 private:
  const text::Tokenizer* tokenizer_;
  text::StreamDecoder decoder_;
  ReplyParser parser_;
};

}  // namespace bantam::replies
