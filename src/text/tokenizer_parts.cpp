#include "text/tokenizer_parts.h"

#include <algorithm>
#include <array>

namespace bantam::text {
namespace {

constexpr std::array<std::string_view, 27> kEndNames{"</s>",
                                                     "<eos>",
                                                     "<|endoftext|>",
                                                     "<|end_of_text|>",
                                                     "<|im_end|>",
                                                     "<|eot_id|>",
                                                     "<|eom_id|>",
                                                     "<|end|>",
                                                     "<end_of_turn>",
                                                     "<turn|>",
                                                     "<|return|>",
                                                     "<|call|>",
                                                     "<|calls|>",
                                                     "<|flush|>",
                                                     "<EOT>",
                                                     "_<EOT>",
                                                     "[EOT]",
                                                     "[EOS]",
                                                     "<|EOT|>",
                                                     "<end_of_utterance>",
                                                     "<|eot|>",
                                                     "<|eom|>",
                                                     "<｜end▁of▁sentence｜>",
                                                     "<|end_of_sentence|>",
                                                     "<|END_OF_TURN_TOKEN|>",
                                                     "<|endofturn|>",
                                                     "<|end_story|>"};

}  // namespace

std::vector<TokenId> find_end_of_generation(const TokenList& tokens,
                                            std::vector<std::optional<TokenId>> known) {
  std::vector<TokenId> ids;
  for (const std::optional<TokenId>& id : known) {
    if (id) ids.push_back(*id);
  }
  for (std::size_t i = 0; i < tokens.kinds.size(); ++i) {
    const TokenKind kind = tokens.kinds[i];
    if (kind != TokenKind::Control && kind != TokenKind::UserDefined) continue;
    if (std::find(kEndNames.begin(), kEndNames.end(), tokens.pieces[i]) == kEndNames.end())
      continue;
    ids.push_back(static_cast<TokenId>(i));
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

void add_added_tokens(TokenizerParts& parts, const std::vector<AddedToken>& added) {
  for (const AddedToken& token : added) {
    if (token.content.empty()) continue;
    if (!token.normalized) {
      parts.raw_added.add(token, token.content);
      continue;
    }
    const std::string text =
        parts.normalizer.empty() ? token.content : parts.normalizer.apply(token.content);
    if (!text.empty()) parts.normalized_added.add(token, text);
  }
}

}  // namespace bantam::text
