// Who runs, who waits, and who gives way.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "engine/engine.h"

namespace bantam::engine {

bool Engine::is_full() const {
  // Those that come into the next pass do not wait.
  const std::int64_t free = options_.sequences_max - std::ssize(sequences_);
  return std::ssize(waiting_) >= free + options_.waiting_max;
}

bool Engine::needs_long_rope(std::int64_t tokens) const {
  const auto boundary = model::long_rope_boundary(executor_.model().spec());
  return boundary && tokens > *boundary;
}

void Engine::admit() {
  release_followers();
  while (!waiting_.empty() && std::ssize(sequences_) < options_.sequences_max) {
    const bool fits = cache_.has_room(waiting_.front(), std::ssize(sequences_));
    if (!fits && !sequences_.empty()) break;
    Sequence next = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    start(std::move(next));
  }
}

void Engine::start(Sequence sequence) {
  const std::int64_t context = context_tokens();
  std::int64_t longest = context;
  if (sequence.request.max_tokens >= 0) {
    // As a difference: the sum could overflow.
    const std::int64_t room = context - sequence.prompt_tokens;
    longest = sequence.prompt_tokens + std::min(room, sequence.request.max_tokens);
  }
  sequence.tokens.reserve(static_cast<std::size_t>(longest) + 1);
  if (sequence.stats.preemptions == 0) {
    sequence.stats.queue_seconds = sequence.age.seconds();
    sequence.age = Stopwatch();
  }
  if (speculation_) speculation_->begin(sequence, longest);
  const auto place = std::ranges::upper_bound(sequences_, sequence.id, {}, &Sequence::id);
  begin(*sequences_.insert(place, std::move(sequence)));
}

// Gives a sequence without blocks what is known of it, or has it wait until more is.
void Engine::begin(Sequence& sequence) {
  sequence.leader = find_leader(sequence);
  if (sequence.leader) return;
  cache_.begin(sequence);
  if (sequence.new_tokens() == 0) sequence.stats.reused_tokens = sequence.cached;
}

// Among those whose prompt is being computed, the one that has most of this sequence still to come.
std::optional<Leader> Engine::find_leader(const Sequence& sequence) const {
  std::optional<Leader> best;
  for (const Sequence& other : sequences_) {
    if (other.id == sequence.id || other.leader || other.pending() == 0) continue;
    if (other.is_long_rope != sequence.is_long_rope ||
        other.request.cache_salt != sequence.request.cache_salt) {
      continue;
    }
    const auto common = static_cast<std::int64_t>(
        std::ranges::mismatch(other.tokens, sequence.tokens).in1 - other.tokens.begin());
    if (common == sequence.token_count() && common == other.token_count() &&
        other.new_tokens() == 0 && sequence.new_tokens() == 0) {
      return Leader{other.id, common, true};
    }
    const std::int64_t shared = std::min(common, sequence.token_count() - 1) /
                                backend::kBlockTokens * backend::kBlockTokens;
    // Where nothing is known of a sequence before it ends, its beginning is of no help.
    if (!cache_.shares_beginnings() || shared <= other.cached) continue;
    if (best && best->tokens >= shared) continue;
    best = Leader{other.id, shared, false};
  }
  return best;
}

// Those whose leader has come as far as they need, or is gone.
void Engine::release_followers() {
  for (Sequence& sequence : sequences_) {
    if (!sequence.leader) continue;
    const Leader leader = *sequence.leader;
    const auto found = std::ranges::find(sequences_, leader.sequence, &Sequence::id);
    const bool goes_on =
        found != sequences_.end() && !found->leader &&
        (leader.is_same ? found->new_tokens() == 0 : found->cached < leader.tokens);
    if (!goes_on) begin(sequence);
  }
}

// Chooses the next pass and makes sure of its blocks.
void Engine::schedule_pass() {
  const ExecutorOptions& limits = executor_.options();
  const auto choose = [&] {
    schedule(sequences_,
             {.batch_tokens = limits.batch_tokens,
              .output_rows = limits.output_rows,
              .prefill_tokens = options_.prefill_tokens},
             scheduled_);
  };
  choose();
  if (try_prepare_pass()) return;
  for (Sequence& sequence : sequences_) sequence.drafts.draft.clear();
  for (choose(); !try_prepare_pass(); choose()) preempt_youngest();
}

bool Engine::try_prepare_pass() {
  return std::ranges::all_of(scheduled_, [&](const ScheduledSlice& slice) {
    Sequence& sequence = sequences_[slice.sequence];
    return cache_.try_prepare(sequence, sequence.cached + slice.count + slice.drafted);
  });
}

// It waits for its turn with all its tokens; what the cache still knows of them then, it finds.
void Engine::preempt_youngest() {
  const auto last = std::ranges::find_if(sequences_.rbegin(), sequences_.rend(),
                                         [](const Sequence& sequence) { return !sequence.leader; });
  const auto found = last.base() - 1;
  BANTAM_CHECK(last != sequences_.rend() && sequences_.size() > 1,
               "the blocks hold any one sequence");
  Sequence sequence = std::move(*found);
  sequences_.erase(found);
  cache_.end(sequence);
  if (speculation_) speculation_->end(sequence);
  sequence.drafts.draft.clear();
  sequence.stats.preemptions += 1;
  ++totals_.preemptions;
  const auto place = std::ranges::upper_bound(waiting_, sequence.id, {}, &Sequence::id);
  waiting_.insert(place, std::move(sequence));
}

void Engine::retire_finished() {
  for (FinishedSequence& each : finished_) {
    const auto found = std::ranges::find(sequences_, each.sequence, &Sequence::id);
    retire(*found);
    each.stats = last_stats_;
    sequences_.erase(found);
  }
}

void Engine::retire(Sequence& sequence) {
  count_ended(sequence);
  if (speculation_) speculation_->end(sequence);
  cache_.end(sequence);
}

void Engine::count_ended(const Sequence& sequence) {
  SequenceStats& stats = last_stats_ = sequence.stats;
  stats.new_tokens = sequence.new_tokens();
  if (sequence.new_tokens() > 0) stats.decode_seconds = sequence.age.seconds();
  ++totals_.ended;
  totals_.prompt_tokens += stats.prompt_tokens;
  totals_.reused_tokens += stats.reused_tokens;
  totals_.new_tokens += stats.new_tokens;
}

std::optional<SequenceStats> Engine::cancel(SequenceId id) {
  const auto running = std::ranges::find(sequences_, id, &Sequence::id);
  if (running != sequences_.end()) {
    retire(*running);
    sequences_.erase(running);
    return last_stats_;
  }
  const auto waiting = std::ranges::find(waiting_, id, &Sequence::id);
  if (waiting == waiting_.end()) return std::nullopt;
  if (waiting->stats.preemptions == 0) waiting->stats.queue_seconds = waiting->age.seconds();
  count_ended(*waiting);
  waiting_.erase(waiting);
  return last_stats_;
}

// After an error: what the pass left in sequences and cache is in doubt.
void Engine::end_all() {
  finished_.clear();
  for (Sequence& sequence : sequences_) {
    cache_.abandon(sequence);
    retire(sequence);
  }
  sequences_.clear();
  waiting_.clear();
  cache_.clear();
}

std::optional<SequenceStatus> Engine::status(SequenceId id) const {
  const auto describe = [](const Sequence& sequence, std::int64_t position) {
    return SequenceStatus{position, sequence.prompt_tokens, sequence.cached, sequence.new_tokens()};
  };
  const auto running = std::ranges::find(sequences_, id, &Sequence::id);
  if (running != sequences_.end()) return describe(*running, 0);
  const auto waiting = std::ranges::find(waiting_, id, &Sequence::id);
  if (waiting == waiting_.end()) return std::nullopt;
  return describe(*waiting, waiting - waiting_.begin() + 1);
}

EngineCounts Engine::counts() const {
  EngineCounts counts = totals_;
  counts.running = std::ssize(sequences_);
  counts.waiting = std::ssize(waiting_);
  counts.blocks = cache_.blocks();
  return counts;
}

bool Engine::check_integrity() const {
  const bool is_ordered = std::ranges::is_sorted(sequences_, {}, &Sequence::id) &&
                          std::ranges::is_sorted(waiting_, {}, &Sequence::id);
  const bool hold_nothing = std::ranges::all_of(waiting_, [](const Sequence& sequence) {
    return sequence.cached == 0 && sequence.node == PrefixCache::kNone;
  });
  return is_ordered && hold_nothing && cache_.check_integrity(sequences_);
}

}  // namespace bantam::engine
