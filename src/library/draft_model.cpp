#include "library/draft_model.h"

#include <algorithm>

#include "base/error.h"
#include "base/format.h"

namespace bantam::library {
namespace {

// Converters write unused ids of a vocabulary as such tokens.
bool is_filler(std::string_view piece, text::TokenId id) {
  return piece.empty() || piece == format("[PAD{}]", id);
}

std::string named(std::string_view piece) {
  return piece.empty() ? "nothing" : std::string(quoted(piece));
}

}  // namespace

void check_draft_vocabulary(const LoadedModel& model, const LoadedModel& draft) {
  const text::Tokenizer& own = *model.tokenizer;
  const text::Tokenizer& other = *draft.tokenizer;
  for (text::TokenId id = 0; id < std::max(own.vocab_size(), other.vocab_size()); ++id) {
    const std::string_view mine = own.piece(id);
    const std::string_view theirs = other.piece(id);
    if (mine == theirs || (is_filler(mine, id) && is_filler(theirs, id))) continue;
    throw Error(ErrorCode::Unsupported,
                format("{}: token {} is {}, in {} it is {}; a draft model needs the vocabulary of "
                       "the model that it guesses for: use a smaller one of the same family",
                       draft.source.name, id, named(theirs), model.source.name, named(mine)));
  }
}

}  // namespace bantam::library
