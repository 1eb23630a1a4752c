#include "engine/speculative/ngram_drafter.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace bantam::engine {

namespace {

static_assert(kNgramMax - kNgramMin + 2 == kDraftKinds, "a kind is a length of n-gram, or none");

// After so many tokens that are not a copy, the place where one ended means nothing.
constexpr std::size_t kStrayedMax = 4;

}  // namespace

NgramDrafter::NgramDrafter(std::int64_t sequences_max) {
  states_.reserve(static_cast<std::size_t>(sequences_max));
}

NgramDrafter::State& NgramDrafter::state(SequenceId sequence) {
  const auto found = std::ranges::find(states_, sequence, &State::sequence);
  BANTAM_CHECK(found != states_.end(), "a guess is for a sequence that began");
  return *found;
}

void NgramDrafter::begin(SequenceId sequence, std::int64_t tokens_max) {
  states_.push_back({sequence, NgramIndex(tokens_max)});
}

void NgramDrafter::end(SequenceId sequence) {
  std::erase_if(states_, [&](const State& state) { return state.sequence == sequence; });
}

std::optional<std::size_t> NgramDrafter::kind(SequenceId sequence,
                                              std::span<const std::int32_t> tokens) {
  State& own = state(sequence);
  own.index.extend(tokens);
  const std::size_t grown = tokens.size() - own.seen;
  own.seen = tokens.size();
  if (const auto match = own.index.find(tokens)) {
    own.next = match->next;
    own.strayed = 0;
    return match->length - kNgramMin + 1;
  }
  own.strayed += grown;
  if (own.next == 0 || own.strayed > kStrayedMax) return std::nullopt;
  own.next += grown;
  return 0;
}

// Two tokens repeat by chance in any text; five hardly do.
double NgramDrafter::expected_acceptance(std::size_t kind) const {
  constexpr std::array<double, kDraftKinds> kShares = {0.2, 0.25, 0.45, 0.6, 0.75};
  return kShares[kind];
}

void NgramDrafter::draft(std::span<const DraftRequest> requests) {
  for (const DraftRequest& request : requests) {
    const std::size_t next = state(request.sequence).next;
    std::vector<std::int32_t>& draft = *request.draft;
    for (std::size_t i = next; std::ssize(draft) < request.count; ++i) {
      // Past the end of the tokens the guess repeats itself: a text in a loop.
      draft.push_back(i < request.tokens.size() ? request.tokens[i]
                                                : draft[i - request.tokens.size()]);
    }
  }
}

}  // namespace bantam::engine
