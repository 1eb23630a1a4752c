#include "text/sentencepiece.h"

#include "text/readers/sentencepiece_model.h"

namespace bantam::text {

Tokenizer tokenizer_from_sentencepiece(std::span<const std::byte> bytes, std::string_view file_name,
                                       SentencePieceOptions options) {
  TokenizerParts parts = build_sentencepiece(read_sentencepiece_model(bytes, file_name), file_name);
  if (options.add_bos && parts.bos) parts.before.push_back(*parts.bos);
  if (options.add_eos && parts.eos) parts.after.push_back(*parts.eos);
  return Tokenizer(std::move(parts));
}

}  // namespace bantam::text
