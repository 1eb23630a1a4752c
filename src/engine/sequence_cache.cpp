#include "engine/sequence_cache.h"

#include <algorithm>
#include <utility>

#include "model/memory_plan.h"

namespace bantam::engine {
namespace {

using backend::kBlockTokens;

// Of one sequence: what fits into the blocks of every group.
std::int64_t tokens_max(const Executor& executor) {
  std::int64_t tokens = executor.options().context_tokens;
  for (std::size_t group = 0; group < executor.cache_layout().groups().size(); ++group) {
    const std::int64_t blocks = executor.plan().cache_blocks[group];
    const std::int64_t needed =
        executor.cache_layout().sequence_blocks(group, tokens, executor.options().batch_tokens);
    if (needed > blocks) tokens = std::min(tokens, blocks * kBlockTokens);
  }
  return tokens;
}

}  // namespace

SequenceCache::SequenceCache(Executor& executor)
    : executor_(executor),
      pools_(executor.cache_layout(), executor.plan().cache_blocks),
      prefixes_(pools_, executor.options().context_tokens),
      has_states_(pools_.has_states()),
      sequence_tokens_max_(tokens_max(executor)),
      drop_{&prefixes_} {}

void SequenceCache::begin(Sequence& sequence) {
  pools_.reserve(sequence.blocks, static_cast<std::int64_t>(sequence.tokens.capacity()));
  sequence.cached = 0;
  // The last token is always computed: its logits choose the next one.
  const std::int64_t wanted = sequence.token_count() - 1;
  if (try_take(sequence, wanted) || has_states_) return;
  // What is whole needs no block of its own.
  try_take(sequence, wanted / kBlockTokens * kBlockTokens);
}

// Returns false, and only pins the root, where blocks run out for what the sequence will write.
bool SequenceCache::try_take(Sequence& sequence, std::int64_t tokens_max) {
  if (sequence.node != PrefixCache::kNone) prefixes_.unpin(sequence.node);
  sequence.node = prefixes_.pin_root({sequence.request.cache_salt, sequence.is_long_rope});
  if (sequence.node == PrefixCache::kNone) return true;
  const PrefixCache::Match match = prefixes_.find(
      sequence.node, std::span(sequence.tokens).first(static_cast<std::size_t>(tokens_max)));
  if (match.tokens == 0) return true;
  prefixes_.touch(match);
  const PrefixCache::NodeId root = sequence.node;
  if (const std::int64_t whole = match.tokens / kBlockTokens; whole > 0) {
    sequence.node = match.path[static_cast<std::size_t>(whole - 1)];
    prefixes_.pin(sequence.node);
    prefixes_.unpin(root);
  }
  for (std::size_t group = 0; group < pools_.groups().size(); ++group) {
    const bool is_state = pools_.groups()[group].is_state;
    const std::int64_t first =
        is_state ? std::ssize(match.path) - 1 : pools_.first_block(group, match.tokens);
    sequence.blocks.first[group] = is_state ? 0 : first;
    if (!is_state) sequence.blocks.table[group].assign(static_cast<std::size_t>(first), kNoBlock);
    for (std::int64_t i = first; i < std::ssize(match.path); ++i) {
      const BlockId block = prefixes_.block(match.path[static_cast<std::size_t>(i)], group);
      pools_.pool(group).hold(block);
      sequence.blocks.table[group].push_back(block);
    }
  }
  sequence.cached = match.tokens;
  if (try_own_written(sequence.blocks, sequence.cached, match.path.back())) return true;
  abandon(sequence);
  sequence.node = prefixes_.pin_root({sequence.request.cache_salt, sequence.is_long_rope});
  return false;
}

// Whoever goes on from `cached` writes into the block there, and over the state.
bool SequenceCache::try_own_written(SequenceBlocks& blocks, std::int64_t cached,
                                    PrefixCache::NodeId node) {
  for (std::size_t group = 0; group < pools_.groups().size(); ++group) {
    const bool is_written = pools_.groups()[group].is_state || cached % kBlockTokens != 0;
    std::vector<BlockId>& table = blocks.table[group];
    if (is_written && !table.empty() && !try_own(group, table.back(), node)) return false;
  }
  return true;
}

// Makes a block, which `node` may keep, the holder's own: by a copy where there is room for one.
bool SequenceCache::try_own(std::size_t group, BlockId& block, PrefixCache::NodeId node) {
  BlockPool& pool = pools_.pool(group);
  const auto is_own = [&] { return !pool.is_kept(block) && pool.holder_count(block) == 1; };
  if (is_own()) return true;
  if (const auto copy = pools_.try_allocate(group, freeing())) {
    executor_.cache().copy_block(group, block, *copy);
    pool.release(std::exchange(block, *copy));
    return true;
  }
  const bool is_last_hold = node != PrefixCache::kNone && pool.holder_count(block) == 1;
  return is_last_hold && prefixes_.try_give(node, group) && is_own();
}

bool SequenceCache::has_room(const Sequence& sequence, std::int64_t others) {
  const std::int64_t count = model::blocks_for(sequence.token_count() + 1);
  PrefixCache::Match match;
  const PrefixCache::NodeId root =
      prefixes_.find_root({sequence.request.cache_salt, sequence.is_long_rope});
  if (root != PrefixCache::kNone) {
    match = prefixes_.find(root, std::span(sequence.tokens).first(sequence.tokens.size() - 1));
  }
  for (std::size_t group = 0; group < pools_.groups().size(); ++group) {
    const BlockPool& pool = pools_.pool(group);
    const std::int64_t available = pool.free_count() + pool.idle_count();
    std::int64_t needed = std::min(
        count, executor_.cache_layout().sequence_blocks(group, executor_.options().context_tokens,
                                                        executor_.options().batch_tokens));
    if (prefixes_.is_whole(group)) {
      // The others grow; in groups of windows and states each has a place already.
      needed += others;
      for (const PrefixCache::NodeId node : match.path) {
        if (pool.holder_count(prefixes_.block(node, group)) > 0) --needed;
      }
    }
    if (needed > available) return false;
  }
  return true;
}

bool SequenceCache::try_prepare(Sequence& sequence, std::int64_t end) {
  return pools_.try_prepare(sequence.blocks, {sequence.cached, end}, freeing());
}

// Makes the next `tokens` tokens known; with the state where it stands right after them.
bool SequenceCache::publish_next(Sequence& sequence, std::int64_t tokens) {
  const std::int64_t depth = prefixes_.depth(sequence.node);
  const std::int64_t begin = depth * kBlockTokens;
  std::array<BlockId, backend::kCacheGroupsMax> blocks;
  blocks.fill(kNoBlock);
  const auto place = [&](std::size_t group) -> BlockId* {
    const bool is_state = pools_.groups()[group].is_state;
    if (is_state && begin + tokens != sequence.cached) return nullptr;
    return &sequence.blocks.table[group][is_state ? 0 : static_cast<std::size_t>(depth)];
  };
  for (std::size_t group = 0; group < pools_.groups().size(); ++group) {
    if (const BlockId* block = place(group)) blocks[group] = *block;
  }
  const PrefixCache::NodeId node =
      prefixes_.add(sequence.node,
                    std::span(sequence.tokens)
                        .subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(tokens)),
                    blocks);
  if (node == PrefixCache::kNone) return false;
  for (std::size_t group = 0; group < pools_.groups().size(); ++group) {
    if (BlockId* block = place(group)) *block = blocks[group];
  }
  sequence.node = node;
  return true;
}

void SequenceCache::publish(Sequence& sequence) {
  // Without a state, which moves on, nothing could be made of the blocks.
  if (has_states_ || sequence.node == PrefixCache::kNone) return;
  while ((prefixes_.depth(sequence.node) + 1) * kBlockTokens <= sequence.cached) {
    if (!publish_next(sequence, kBlockTokens)) return;
  }
}

void SequenceCache::end(Sequence& sequence) {
  if (sequence.node != PrefixCache::kNone) {
    const auto left = [&] {
      return sequence.cached - prefixes_.depth(sequence.node) * kBlockTokens;
    };
    while (left() > 0 && publish_next(sequence, std::min(left(), kBlockTokens))) {
    }
    prefixes_.touch_path(sequence.node);
  }
  abandon(sequence);
}

void SequenceCache::abandon(Sequence& sequence) {
  pools_.release(sequence.blocks);
  sequence.cached = 0;
  if (sequence.node == PrefixCache::kNone) return;
  prefixes_.unpin(std::exchange(sequence.node, PrefixCache::kNone));
}

bool SequenceCache::try_fork(const Sequence& from, Sequence& to) {
  pools_.reserve(to.blocks, static_cast<std::int64_t>(to.tokens.capacity()));
  for (std::size_t group = 0; group < pools_.groups().size(); ++group) {
    for (const BlockId block : from.blocks.table[group]) {
      if (block != kNoBlock) pools_.pool(group).hold(block);
      to.blocks.table[group].push_back(block);
    }
  }
  to.blocks.first = from.blocks.first;
  to.node = from.node;
  if (to.node != PrefixCache::kNone) prefixes_.pin(to.node);
  to.cached = from.cached;
  if (try_own_written(to.blocks, to.cached, PrefixCache::kNone)) return true;
  abandon(to);
  return false;
}

SequenceCache::Blocks SequenceCache::blocks() const {
  Blocks least{.all = INT64_MAX, .free = 0, .kept = 0};
  for (std::size_t group = 0; group < pools_.groups().size(); ++group) {
    const BlockPool& pool = pools_.pool(group);
    const Blocks blocks{pool.block_count(), pool.free_count(), pool.idle_count()};
    if (least.all == INT64_MAX || blocks.free + blocks.kept < least.free + least.kept) {
      least = blocks;
    }
  }
  return least;
}

bool SequenceCache::check_integrity(std::span<const Sequence> sequences) const {
  std::vector<const SequenceBlocks*> owners;
  for (const Sequence& sequence : sequences) owners.push_back(&sequence.blocks);
  return pools_.check_integrity(owners) && prefixes_.check_integrity();
}

}  // namespace bantam::engine
