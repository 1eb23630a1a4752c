#include "engine/prefix_cache.h"

#include <algorithm>

#include "base/check.h"

namespace bantam::engine {
namespace {

using backend::kBlockTokens;

// Nodes may outlive their blocks as the way to others.
constexpr std::int64_t kNodesPerBlock = 2;

std::int64_t common_length(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  const std::size_t most = std::min(a.size(), b.size());
  return std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(most), b.begin()).first -
         a.begin();
}

}  // namespace

PrefixCache::PrefixCache(BlockPools& pools, std::int64_t context_tokens)
    : pools_(pools), context_tokens_(context_tokens), has_states_(pools.has_states()) {
  const std::int64_t blocks_max = context_tokens / kBlockTokens + 2;
  path_.reserve(static_cast<std::size_t>(blocks_max));
  std::int64_t count = 2 * blocks_max;
  for (std::size_t group = 0; group < pools_.groups().size(); ++group) {
    count += kNodesPerBlock * pools_.pool(group).block_count();
  }
  nodes_.resize(static_cast<std::size_t>(count));
  unused_.reserve(nodes_.size());
  for (std::int64_t i = count - 1; i >= 0; --i) unused_.push_back(static_cast<NodeId>(i));
}

bool PrefixCache::is_whole(std::size_t group) const {
  const backend::CacheGroup& info = pools_.groups()[group];
  return !info.is_state && info.window >= context_tokens_;
}

PrefixCache::NodeId PrefixCache::allocate() {
  // A node goes with its last block, though not each block with a node.
  for (std::size_t group = 0; unused_.empty() && group < pools_.groups().size();) {
    if (!try_drop(group)) ++group;
  }
  if (unused_.empty()) return kNone;
  const NodeId node = unused_.back();
  unused_.pop_back();
  at(node) = {};
  at(node).blocks.fill(kNoBlock);
  return node;
}

PrefixCache::NodeId PrefixCache::find_root(const PrefixKey& key) const {
  const auto found = roots_.find(key);
  return found == roots_.end() ? kNone : found->second;
}

PrefixCache::NodeId PrefixCache::pin_root(const PrefixKey& key) {
  if (const NodeId known = find_root(key); known != kNone) {
    pin(known);
    return known;
  }
  const NodeId node = allocate();
  if (node == kNone) return kNone;
  roots_.emplace(key, node);
  pin(node);
  return node;
}

void PrefixCache::pin(NodeId node) { ++at(node).pins; }

void PrefixCache::unpin(NodeId node) {
  BANTAM_CHECK(at(node).pins > 0, "a pin is taken out once");
  --at(node).pins;
  prune(node);
}

// The child that begins with most of `tokens`, and how many. A state helps only where it stands.
std::pair<PrefixCache::NodeId, std::int64_t> PrefixCache::best_child(
    NodeId parent, std::span<const std::int32_t> tokens) const {
  std::pair<NodeId, std::int64_t> best{kNone, 0};
  for (NodeId child = at(parent).first_child; child != kNone; child = at(child).next_sibling) {
    const std::int64_t common = common_length(at(child).own_tokens(), tokens);
    if (has_states_ && common < at(child).token_count) continue;
    if (common > best.second) best = {child, common};
  }
  return best;
}

PrefixCache::Match PrefixCache::find(NodeId root, std::span<const std::int32_t> tokens) {
  path_.clear();
  std::int64_t matched = 0;
  for (NodeId node = root; matched == std::ssize(path_) * kBlockTokens;) {
    const auto [child, common] =
        best_child(node, tokens.subspan(static_cast<std::size_t>(matched)));
    if (child == kNone) break;
    path_.push_back(child);
    matched += common;
    node = child;
  }
  const std::int64_t used = usable(matched);
  path_.resize(static_cast<std::size_t>((used + kBlockTokens - 1) / kBlockTokens));
  return {used, path_};
}

// How many of the first `tokens` tokens of the path a sequence can go on from.
std::int64_t PrefixCache::usable(std::int64_t tokens) const {
  const auto node = [&](std::int64_t i) -> const Node& {
    return at(path_[static_cast<std::size_t>(i)]);
  };
  for (std::int64_t before = -1; before != tokens && tokens > 0;) {
    before = tokens;
    for (std::size_t group = 0; group < pools_.groups().size() && tokens > 0; ++group) {
      const std::int64_t last = (tokens - 1) / kBlockTokens;
      if (pools_.groups()[group].is_state) {
        std::int64_t i = last;
        while (i >= 0 && node(i).blocks[group] == kNoBlock) --i;
        if (i < last) tokens = (i + 1) * kBlockTokens;
        continue;
      }
      // What ends before a block that is gone does without it.
      const std::int64_t first = pools_.first_block(group, tokens);
      for (std::int64_t i = first; i <= last; ++i) {
        if (node(i).blocks[group] == kNoBlock) tokens = i * kBlockTokens;
        if (tokens <= i * kBlockTokens) break;
      }
    }
  }
  return tokens;
}

void PrefixCache::touch(const Match& match) {
  for (std::size_t group = 0; group < pools_.groups().size(); ++group) {
    const bool is_state = pools_.groups()[group].is_state;
    const std::int64_t count = std::ssize(match.path);
    const std::int64_t first = is_state ? count - 1 : pools_.first_block(group, match.tokens);
    for (std::int64_t i = count - 1; i >= std::max<std::int64_t>(0, first); --i) {
      touch(match.path[static_cast<std::size_t>(i)], group);
    }
  }
}

void PrefixCache::touch_path(NodeId node) {
  const std::int64_t end = at(node).depth * kBlockTokens;
  for (; at(node).parent != kNone; node = at(node).parent) {
    for (std::size_t group = 0; group < pools_.groups().size(); ++group) {
      const bool is_seen = at(node).depth > pools_.first_block(group, end);
      if (is_seen && at(node).blocks[group] != kNoBlock) touch(node, group);
    }
  }
}

PrefixCache::NodeId PrefixCache::add(NodeId parent, std::span<const std::int32_t> tokens,
                                     std::array<BlockId, backend::kCacheGroupsMax>& blocks) {
  auto [node, common] = best_child(parent, tokens);
  if (common < std::ssize(tokens)) {
    node = allocate();
    if (node == kNone) return kNone;
    Node& added = at(node);
    added.parent = parent;
    added.depth = at(parent).depth + 1;
    added.token_count = static_cast<std::int32_t>(tokens.size());
    std::ranges::copy(tokens, added.tokens.begin());
    added.next_sibling = at(parent).first_child;
    if (added.next_sibling != kNone) at(added.next_sibling).previous_sibling = node;
    at(parent).first_child = node;
  }
  pin(node);
  for (std::size_t group = 0; group < pools_.groups().size(); ++group) {
    if (blocks[group] == kNoBlock) continue;
    const BlockId known = at(node).blocks[group];
    if (known == kNoBlock) {
      // A block of fewer tokens is no substitute for one that is gone.
      if (at(node).token_count == std::ssize(tokens)) set_block(node, group, blocks[group]);
    } else if (known != blocks[group]) {
      pools_.pool(group).hold(known);
      pools_.pool(group).release(std::exchange(blocks[group], known));
    }
  }
  drop_subsumed(node);
  unpin(parent);
  return node;
}

// Ends of sequences that went on as the node says: it has all that they have.
void PrefixCache::drop_subsumed(NodeId node) {
  if (has_states_) return;
  for (NodeId child = at(at(node).parent).first_child; child != kNone;) {
    const NodeId next = at(child).next_sibling;
    const std::int64_t count = at(child).token_count;
    if (count < at(node).token_count && at(child).pins == 0 &&
        common_length(at(child).own_tokens(), at(node).own_tokens()) == count) {
      remove(child);
    }
    child = next;
  }
}

void PrefixCache::set_block(NodeId node, std::size_t group, BlockId block) {
  pools_.pool(group).keep(block);
  at(node).blocks[group] = block;
  link_newest(node, group);
}

void PrefixCache::drop_block(NodeId node, std::size_t group) {
  unlink(node, group);
  pools_.pool(group).drop(std::exchange(at(node).blocks[group], kNoBlock));
}

void PrefixCache::link_newest(NodeId node, std::size_t group) {
  Links& ends = ends_[group];
  at(node).links[group] = {.older = ends.newer, .newer = kNone};
  (ends.newer == kNone ? ends.older : at(ends.newer).links[group].newer) = node;
  ends.newer = node;
}

void PrefixCache::unlink(NodeId node, std::size_t group) {
  const Links links = at(node).links[group];
  (links.older == kNone ? ends_[group].older : at(links.older).links[group].newer) = links.newer;
  (links.newer == kNone ? ends_[group].newer : at(links.newer).links[group].older) = links.older;
}

void PrefixCache::touch(NodeId node, std::size_t group) {
  unlink(node, group);
  link_newest(node, group);
}

bool PrefixCache::try_drop(std::size_t group) {
  const BlockPool& pool = pools_.pool(group);
  if (pool.idle_count() == 0) return false;
  for (NodeId node = ends_[group].older; node != kNone; node = at(node).links[group].newer) {
    if (pool.holder_count(at(node).blocks[group]) > 0) continue;
    if (is_whole(group)) {
      // What comes after it would be of no use.
      if (at(node).first_child != kNone || at(node).pins > 0) continue;
      remove(node);
    } else {
      drop_block(node, group);
      prune(node);
    }
    return true;
  }
  return false;
}

bool PrefixCache::try_give(NodeId node, std::size_t group) {
  if (is_whole(group)) {
    if (at(node).first_child != kNone || at(node).pins > 0) return false;
    remove(node);
  } else {
    drop_block(node, group);
    prune(node);
  }
  return true;
}

void PrefixCache::remove(NodeId node) {
  for (std::size_t group = 0; group < pools_.groups().size(); ++group) {
    if (at(node).blocks[group] != kNoBlock) drop_block(node, group);
  }
  prune(node);
}

// Takes out nodes that say nothing any more, from this one upwards.
void PrefixCache::prune(NodeId node) {
  while (node != kNone) {
    const Node& gone = at(node);
    const bool is_empty = std::ranges::count(gone.blocks, kNoBlock) == std::ssize(gone.blocks);
    if (!is_empty || gone.pins > 0 || gone.first_child != kNone) return;
    const NodeId parent = gone.parent;
    if (parent == kNone) {
      std::erase_if(roots_, [&](const auto& entry) { return entry.second == node; });
    } else {
      NodeId& before = gone.previous_sibling == kNone ? at(parent).first_child
                                                      : at(gone.previous_sibling).next_sibling;
      before = gone.next_sibling;
      if (gone.next_sibling != kNone) {
        at(gone.next_sibling).previous_sibling = gone.previous_sibling;
      }
    }
    unused_.push_back(node);
    node = parent;
  }
}

void PrefixCache::clear() {
  for (std::size_t group = 0; group < pools_.groups().size(); ++group) {
    while (try_drop(group)) {
    }
  }
}

bool PrefixCache::check_integrity() const {
  std::vector<std::int64_t> kept(pools_.groups().size());
  std::int64_t seen = 0;
  std::vector<NodeId> stack;
  for (const auto& [key, root] : roots_) stack.push_back(root);
  while (!stack.empty()) {
    const NodeId node = stack.back();
    stack.pop_back();
    ++seen;
    const bool is_root = at(node).parent == kNone;
    for (std::size_t group = 0; group < kept.size(); ++group) {
      const BlockId block = at(node).blocks[group];
      if (block == kNoBlock ? is_whole(group) && !is_root : !pools_.pool(group).is_kept(block)) {
        return false;
      }
      if (block != kNoBlock) ++kept[group];
    }
    for (NodeId child = at(node).first_child; child != kNone; child = at(child).next_sibling) {
      if (at(child).parent != node || at(child).depth != at(node).depth + 1) return false;
      if (!is_root && at(node).token_count != kBlockTokens) return false;
      stack.push_back(child);
    }
  }
  if (seen + std::ssize(unused_) != std::ssize(nodes_)) return false;
  for (std::size_t group = 0; group < kept.size(); ++group) {
    std::int64_t linked = 0;
    for (NodeId node = ends_[group].older; node != kNone; node = at(node).links[group].newer) {
      ++linked;
    }
    const BlockPool& pool = pools_.pool(group);
    std::int64_t expected = 0;
    for (std::int64_t i = 0; i < pool.block_count(); ++i) {
      expected += pool.is_kept(static_cast<BlockId>(i)) ? 1 : 0;
    }
    if (linked != expected || kept[group] != expected) return false;
  }
  return true;
}

}  // namespace bantam::engine
