// Puts byte pair encoding models together from the tokens and merges of a file.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/models/bpe.h"
#include "text/tokenizer_parts.h"

namespace bantam::text {

struct MergeText {
  std::string_view left, right;
};

// Id of every stored piece that is there. Throws Error{BadFile} naming `file` for a piece that
// comes twice.
TokenIndex index_pieces(const TokenList& tokens, std::string_view file);

// Id of "<0xNN>" for each byte NN, or -1.
std::array<TokenId, 256> find_byte_pieces(const TokenIndex& pieces);

// A model of ranked merges, first merge first. Throws Error{BadFile} naming `file` for a merge
// whose parts or result are no tokens.
std::unique_ptr<const SubwordModel> build_ranked_bpe(const TokenList& tokens, BpeOptions options,
                                                     const std::vector<MergeText>& merges,
                                                     std::string_view file);

// A model in which any two neighbours that spell a token join, best score first (SentencePiece).
// `scores` are by id; only Normal, UserDefined and Unused tokens take part. Throws Error{BadFile}
// naming `file` for tokens so long that trying their halves would take minutes.
std::unique_ptr<const SubwordModel> build_scored_bpe(
    const TokenList& tokens, BpeOptions options, const std::vector<float>& scores,
    std::vector<std::pair<std::string, TokenId>> user_defined, std::string_view file);

}  // namespace bantam::text
