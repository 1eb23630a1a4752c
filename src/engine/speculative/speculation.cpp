#include "engine/speculative/speculation.h"

#include <algorithm>

#include "base/error.h"
#include "base/format.h"
#include "engine/speculative/drafters.h"

namespace bantam::engine {
namespace {

const SpeculationOptions& checked(const SpeculationOptions& options) {
  if (options.draft_max < 1 || options.draft_max > kDraftMax) {
    throw Error(ErrorCode::BadInput,
                format("--draft-max: found {}, expected 1 to {}", options.draft_max, kDraftMax));
  }
  return options;
}

}  // namespace

// Whose guess is taken, and how much of it.
struct Speculation::Choice {
  std::size_t drafter = 0;
  std::size_t kind = 0;  // over all drafters
  DraftLength length;
};

Speculation::Speculation(const SpeculationOptions& options, Executor& executor,
                         std::int64_t sequences_max)
    : options_(checked(options)),
      rows_max_(std::min(executor.options().batch_tokens, executor.options().output_rows)),
      costs_(rows_max_),
      drafters_(make_drafters(options, executor, sequences_max)),
      requests_(drafters_.size()) {
  for (auto& requests : requests_) requests.reserve(static_cast<std::size_t>(sequences_max));
}

void Speculation::begin(Sequence& sequence, std::int64_t tokens_max) {
  sequence.drafts.draft.reserve(static_cast<std::size_t>(options_.draft_max));
  sequence.drafts.kinds.resize(drafters_.size() * kDraftKinds);
  for (const auto& drafter : drafters_) drafter->begin(sequence.id, tokens_max);
}

void Speculation::end(const Sequence& sequence) {
  for (const auto& drafter : drafters_) drafter->end(sequence.id);
}

void Speculation::draft(std::span<Sequence> sequences,
                        FunctionRef<std::int64_t(const Sequence& sequence)> room) {
  for (Sequence& sequence : sequences) sequence.drafts.draft.clear();
  for (auto& requests : requests_) requests.clear();
  const bool is_decoding =
      std::ranges::all_of(sequences, [](const Sequence& s) { return s.pending() == 1; });
  pass_ = {};
  decoding_ = is_decoding && std::ssize(sequences) <= rows_max_ ? std::ssize(sequences) : 0;
  // The first pass is for knowing what a pass costs.
  if (decoding_ == 0 || (options_.mode == SpeculationMode::Auto && !costs_.is_measured())) return;
  pass_ = {.rows = decoding_, .tokens = static_cast<double>(decoding_)};
  for (Sequence& sequence : sequences) {
    if (sequence.new_tokens() == 0) continue;
    const Choice choice = best_choice(
        sequence, std::min({room(sequence), options_.draft_max, rows_max_ - pass_.rows}));
    if (choice.length.count == 0) continue;
    sequence.drafts.kind = choice.kind;
    requests_[choice.drafter].push_back({.sequence = sequence.id,
                                         .tokens = sequence.tokens,
                                         .sampling = &sequence.request.sampling,
                                         .count = choice.length.count,
                                         .draft = &sequence.drafts.draft});
    pass_.rows += choice.length.count;
    pass_.tokens += choice.length.tokens;
    pass_.draft_seconds += drafting_seconds(choice.drafter, choice.length.count);
  }
  for (std::size_t i = 0; i < drafters_.size(); ++i) {
    if (!requests_[i].empty()) drafters_[i]->draft(requests_[i]);
  }
}

double Speculation::drafting_seconds(std::size_t drafter, std::int64_t count) const {
  return static_cast<double>(count) * drafters_[drafter]->seconds_per_token();
}

Speculation::Choice Speculation::best_choice(const Sequence& sequence, std::int64_t room) {
  Choice best;
  if (room <= 0) return best;
  const DraftRecord& record = sequence.drafts;
  double surest = 0;
  for (std::size_t i = 0; i < drafters_.size(); ++i) {
    Drafter& drafter = *drafters_[i];
    const auto kind = drafter.kind(sequence.id, sequence.tokens);
    if (!kind) continue;
    const std::size_t which = i * kDraftKinds + *kind;
    const double share = acceptance(record.kinds[which], drafter.expected_acceptance(*kind));
    if (options_.mode == SpeculationMode::Always) {
      if (share > surest) best = {i, which, {.count = room}};
      surest = std::max(surest, share);
      continue;
    }
    const DraftLength length =
        best_draft_length(costs_, record, pass_, {share, drafter.seconds_per_token(), room});
    if (length.count > 0 && length.rate > best.length.rate) best = {i, which, length};
  }
  return best;
}

void Speculation::record_pass(std::int64_t rows, double seconds) {
  if (decoding_ == 0) return;
  costs_.add(rows, seconds);
  pass_.rows = rows;
}

void Speculation::record_draft(Sequence& sequence, std::int64_t accepted) {
  if (decoding_ == 0) return;
  DraftRecord& record = sequence.drafts;
  const double seconds = costs_.seconds(pass_.rows);
  const auto drafted = std::ssize(record.draft);
  if (drafted > 0) {
    record_acceptance(record, drafted, accepted);
    // Without drafts the pass would have been shorter, and brought each sequence one token.
    const double plain = costs_.seconds(decoding_);
    const double share = static_cast<double>(drafted) / static_cast<double>(pass_.rows - decoding_);
    // No row takes longer than a pass of its own; a measurement that says so was disturbed.
    const double longer =
        std::min(seconds - plain, plain * static_cast<double>(pass_.rows - decoding_));
    record.saved_seconds += static_cast<double>(accepted) * plain / static_cast<double>(decoding_) -
                            longer * share - drafting_seconds(record.kind / kDraftKinds, drafted);
  }
  forget_some(record, accepted + 1);
}

}  // namespace bantam::engine
