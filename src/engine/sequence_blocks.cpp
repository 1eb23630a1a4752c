#include "engine/sequence_blocks.h"

#include <algorithm>

namespace bantam::engine {
namespace {

using backend::kBlockTokens;

std::int64_t blocks_of(std::int64_t tokens) { return (tokens + kBlockTokens - 1) / kBlockTokens; }

}  // namespace

backend::BlockTables SequenceBlocks::tables() const {
  backend::BlockTables tables;
  for (std::size_t group = 0; group < table.size(); ++group) tables[group] = table[group];
  return tables;
}

BlockPools::BlockPools(const backend::CacheLayout& layout, const backend::GroupCounts& block_counts,
                       std::int64_t context_tokens, std::int64_t batch_tokens)
    : groups_(layout.groups()) {
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    ring_sizes_.push_back(layout.sequence_blocks(group, context_tokens, batch_tokens));
    pools_.emplace_back(block_counts[group]);
  }
}

bool BlockPools::is_ring(std::size_t group) const {
  return !groups_[group].is_state && groups_[group].window != INT64_MAX;
}

std::int64_t BlockPools::needed(std::size_t group, std::int64_t tokens) const {
  return groups_[group].is_state ? 1 : std::min(ring_sizes_[group], blocks_of(tokens));
}

bool BlockPools::try_extend(SequenceBlocks& blocks, std::int64_t tokens) {
  for (std::size_t group = 0; group < pools_.size(); ++group) {
    const std::int64_t missing = needed(group, tokens) - std::ssize(blocks.held[group]);
    if (missing > pools_[group].free_count()) return false;
  }
  for (std::size_t group = 0; group < pools_.size(); ++group) {
    std::vector<BlockId>& held = blocks.held[group];
    std::vector<BlockId>& table = blocks.table[group];
    const std::int64_t missing = needed(group, tokens) - std::ssize(held);
    if (missing > 0) pools_[group].try_allocate(missing, held);
    const std::int64_t entries = groups_[group].is_state ? 1 : blocks_of(tokens);
    // By the full ring's size, so that a block's place never moves when the ring grows to it.
    for (std::int64_t i = std::ssize(table); i < entries; ++i) {
      table.push_back(held[static_cast<std::size_t>(i % ring_sizes_[group])]);
    }
  }
  return true;
}

void BlockPools::free(SequenceBlocks& blocks) {
  for (std::size_t group = 0; group < pools_.size(); ++group) {
    pools_[group].free(blocks.held[group]);
    blocks.held[group].clear();
    blocks.table[group].clear();
  }
}

std::int64_t BlockPools::reusable(std::int64_t written, std::int64_t wanted) const {
  for (std::size_t group = 0; group < pools_.size(); ++group) {
    if (groups_[group].is_state && wanted != written) return 0;
    if (!is_ring(group)) continue;
    // The ring holds the last blocks; the first one that the next token looks into must be there.
    const std::int64_t oldest = std::max<std::int64_t>(0, wanted - groups_[group].window + 1);
    const std::int64_t kept = blocks_of(written) - ring_sizes_[group];
    if (oldest / kBlockTokens < kept) return 0;
  }
  return wanted;
}

void BlockPools::truncate(SequenceBlocks& blocks, std::int64_t tokens) {
  for (std::size_t group = 0; group < pools_.size(); ++group) {
    std::vector<BlockId>& held = blocks.held[group];
    std::vector<BlockId>& table = blocks.table[group];
    const bool has_one_size = groups_[group].is_state || is_ring(group);
    const auto kept = static_cast<std::size_t>(blocks_of(tokens));
    if (!groups_[group].is_state) table.resize(std::min(table.size(), kept));
    if (has_one_size || held.size() <= kept) continue;
    pools_[group].free({held.begin() + static_cast<std::ptrdiff_t>(kept), held.end()});
    held.resize(kept);
  }
}

bool BlockPools::has_states() const {
  return std::ranges::any_of(groups_, &backend::CacheGroup::is_state);
}

std::int64_t BlockPools::free_count() const {
  std::int64_t least = INT64_MAX;
  for (const BlockPool& pool : pools_) least = std::min(least, pool.free_count());
  return least;
}

bool BlockPools::check_integrity(std::span<const SequenceBlocks* const> owners) const {
  for (std::size_t group = 0; group < pools_.size(); ++group) {
    std::int64_t held = 0;
    for (const SequenceBlocks* owner : owners) held += std::ssize(owner->held[group]);
    const BlockPool& pool = pools_[group];
    if (!pool.check_integrity() || held + pool.free_count() != pool.block_count()) return false;
  }
  return true;
}

}  // namespace bantam::engine
