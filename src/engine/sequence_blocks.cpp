#include "engine/sequence_blocks.h"

#include <algorithm>
#include <utility>

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

BlockPools::BlockPools(const backend::CacheLayout& layout, const backend::GroupCounts& block_counts)
    : groups_(layout.groups()) {
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    pools_.emplace_back(block_counts[group]);
  }
}

std::int64_t BlockPools::first_block(std::size_t group, std::int64_t position) const {
  if (groups_[group].is_state || groups_[group].window == INT64_MAX) return 0;
  return std::max<std::int64_t>(0, position - groups_[group].window + 1) / kBlockTokens;
}

std::optional<BlockId> BlockPools::try_allocate(std::size_t group, TryFree try_free) {
  auto block = pools_[group].try_allocate();
  while (!block && try_free(group)) block = pools_[group].try_allocate();
  return block;
}

bool BlockPools::try_prepare(SequenceBlocks& blocks, PositionRange positions, TryFree try_free) {
  for (std::size_t group = 0; group < pools_.size(); ++group) {
    std::vector<BlockId>& table = blocks.table[group];
    std::int64_t& first = blocks.first[group];
    if (!groups_[group].is_state) truncate(group, blocks, positions.begin);
    const auto first_seen_from = [&](std::int64_t position) {
      return std::min(first_block(group, position), std::ssize(table));
    };
    const std::int64_t left = first_seen_from(positions.begin - positions.revocable);
    for (; first < left; ++first) {
      pools_[group].release(std::exchange(table[static_cast<std::size_t>(first)], kNoBlock));
    }
    const std::int64_t seen = first_seen_from(positions.begin);
    for (; first > seen; --first) {  // a measurement went back to where nothing is any more
      const auto block = try_allocate(group, try_free);
      if (!block) return false;
      table[static_cast<std::size_t>(first - 1)] = *block;
    }
    const std::int64_t needed = groups_[group].is_state ? 1 : blocks_of(positions.end);
    while (std::ssize(table) < needed) {
      const auto block = try_allocate(group, try_free);
      if (!block) return false;
      table.push_back(*block);
    }
  }
  return true;
}

bool BlockPools::try_prepare(SequenceBlocks& blocks, PositionRange positions) {
  return try_prepare(blocks, positions, [](std::size_t) { return false; });
}

// Gives back what the first `tokens` tokens do not need.
void BlockPools::truncate(std::size_t group, SequenceBlocks& blocks, std::int64_t tokens) {
  std::vector<BlockId>& table = blocks.table[group];
  for (; std::ssize(table) > blocks_of(tokens); table.pop_back()) {
    if (table.back() != kNoBlock) pools_[group].release(table.back());
  }
  blocks.first[group] = std::min(blocks.first[group], std::ssize(table));
}

void BlockPools::release(SequenceBlocks& blocks) {
  for (std::size_t group = 0; group < pools_.size(); ++group) truncate(group, blocks, 0);
}

void BlockPools::reserve(SequenceBlocks& blocks, std::int64_t tokens) const {
  for (std::size_t group = 0; group < pools_.size(); ++group) {
    blocks.table[group].reserve(
        static_cast<std::size_t>(groups_[group].is_state ? 1 : blocks_of(tokens)));
  }
}

std::int64_t BlockPools::reusable(const SequenceBlocks& blocks, std::int64_t tokens) const {
  for (std::size_t group = 0; group < pools_.size(); ++group) {
    if (first_block(group, tokens) < blocks.first[group]) return 0;
  }
  return tokens;
}

bool BlockPools::has_states() const {
  return std::ranges::any_of(groups_, &backend::CacheGroup::is_state);
}

bool BlockPools::check_integrity(std::span<const SequenceBlocks* const> owners) const {
  for (std::size_t group = 0; group < pools_.size(); ++group) {
    const BlockPool& pool = pools_[group];
    std::vector<std::int64_t> holders(static_cast<std::size_t>(pool.block_count()));
    for (const SequenceBlocks* owner : owners) {
      for (const BlockId block : owner->table[group]) {
        if (block != kNoBlock) ++holders[static_cast<std::size_t>(block)];
      }
    }
    for (std::size_t i = 0; i < holders.size(); ++i) {
      if (holders[i] != pool.holder_count(static_cast<BlockId>(i))) return false;
    }
    if (!pool.check_integrity()) return false;
  }
  return true;
}

}  // namespace bantam::engine
