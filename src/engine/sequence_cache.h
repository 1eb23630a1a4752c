// The places of an engine's sequences in the cache, what they share, and what stays after them.
#pragma once

#include <cstdint>
#include <span>

#include "engine/executor.h"
#include "engine/prefix_cache.h"
#include "engine/sequence.h"

namespace bantam::engine {

// Owned by the engine's thread. The executor outlives it.
class SequenceCache {
 public:
  explicit SequenceCache(Executor& executor);

  // Tokens of the longest sequence that the blocks hold, at most the executor's context.
  std::int64_t sequence_tokens_max() const { return sequence_tokens_max_; }

  // Whether what a sequence has computed helps others before it ends.
  bool shares_beginnings() const { return !has_states_; }

  // Begins a sequence that has no blocks with those of the longest known beginning of its tokens,
  // all but the last of them: sets `blocks`, `cached`, `node`. What it will write is its own.
  void begin(Sequence& sequence);
  // Whether a sequence could begin now, beside others that may each need a block more soon.
  bool has_room(const Sequence& sequence, std::int64_t others);
  // Makes sure of the blocks for a pass up to position `end`. False where they run out.
  bool try_prepare(Sequence& sequence, std::int64_t end);
  // Makes known what the sequence has computed in whole blocks.
  void publish(Sequence& sequence);
  // Ends a sequence; all that it computed stays known.
  void end(Sequence& sequence);
  // The same, but nothing more becomes known.
  void abandon(Sequence& sequence);
  // Gives `to`, which has no blocks and the same tokens, all that `from` has cached. False, and
  // nothing done, where blocks run out.
  bool try_fork(const Sequence& from, Sequence& to);
  // Forgets what no sequence holds.
  void clear() { prefixes_.clear(); }

  // Blocks of the group that runs out first: all, free ones, and those that are only kept.
  struct Blocks {
    std::int64_t all = 0, free = 0, kept = 0;
  };
  Blocks blocks() const;

  bool check_integrity(std::span<const Sequence> sequences) const;

 private:
  bool try_take(Sequence& sequence, std::int64_t tokens_max);
  bool try_own(std::size_t group, BlockId& block, PrefixCache::NodeId node);
  bool try_own_written(SequenceBlocks& blocks, std::int64_t cached, PrefixCache::NodeId node);
  bool publish_next(Sequence& sequence, std::int64_t tokens);
  BlockPools::TryFree freeing() { return drop_; }

  Executor& executor_;
  BlockPools pools_;
  PrefixCache prefixes_;
  bool has_states_;
  std::int64_t sequence_tokens_max_;
  struct Drop {
    PrefixCache* prefixes;
    bool operator()(std::size_t group) const { return prefixes->try_drop(group); }
  } drop_;
};

}  // namespace bantam::engine
