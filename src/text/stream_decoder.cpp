#include "text/stream_decoder.h"

#include "base/utf8.h"

namespace bantam::text {

std::string StreamDecoder::push(TokenId id) {
  if (special_ == SpecialTokens::Skip && tokenizer_->is_control(id)) return {};
  std::string_view bytes = tokenizer_->token_bytes(id);
  if (at_start_ && tokenizer_->strips_first_blank() && bytes.starts_with(' '))
    bytes.remove_prefix(1);
  if (!tokenizer_->is_control(id)) at_start_ = false;
  held_ += bytes;
  std::string text;
  std::string_view rest = held_;
  while (!rest.empty()) {
    const Utf8Step step = read_utf8(rest);
    if (step.kind == Utf8Step::Kind::Incomplete) break;
    text += step.kind == Utf8Step::Kind::Character ? rest.substr(0, step.length) : kReplacementText;
    rest.remove_prefix(step.length);
  }
  held_ = std::string(rest);
  return text;
}

std::string StreamDecoder::finish() {
  const std::string text = repair_utf8(held_);
  held_.clear();
  at_start_ = true;
  return text;
}

}  // namespace bantam::text
