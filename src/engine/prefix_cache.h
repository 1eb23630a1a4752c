// Beginnings of sequences whose keys and values are still in the cache: a radix tree over blocks.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/sequence_blocks.h"

namespace bantam::engine {

// Sequences share beginnings only where all of this is equal.
struct PrefixKey {
  std::string salt;           // keeps tenants apart
  bool is_long_rope = false;  // of two kinds of rotation, the one that turned the keys

  auto operator<=>(const PrefixKey&) const = default;
};

// Each node is a block of tokens after those of its parent, compared token by token, and keeps what
// the cache has of them: the blocks of each group that are still there, and a recurrent state that
// stands right after the node's last token. A node of fewer tokens than a block is an end of a
// sequence and has no children. What no sequence holds is dropped when its pool runs short: least
// recently used first, in groups that see everything the ends of sequences before their beginnings.
//
// Owned by the engine's thread. Nodes are allocated at construction.
class PrefixCache {
 public:
  using NodeId = std::int32_t;
  static constexpr NodeId kNone = -1;

  // `pools` outlive it. Sequences have at most `context_tokens` tokens.
  PrefixCache(BlockPools& pools, std::int64_t context_tokens);

  // The node before the first token, pinned; kNone where there is no room for a node.
  NodeId pin_root(const PrefixKey& key);
  // The same without a pin, where there is one.
  NodeId find_root(const PrefixKey& key) const;
  // A pinned node stays in the tree, though not its blocks.
  void pin(NodeId node);
  void unpin(NodeId node);

  // What of a sequence need not be computed again.
  struct Match {
    std::int64_t tokens = 0;
    // From below the root on; the last one may have more tokens than match. Valid until the next
    // call.
    std::span<const NodeId> path;
  };
  // The longest beginning of `tokens` below a root from which a sequence can go on: in each group
  // everything is there that the next token looks into.
  Match find(NodeId root, std::span<const std::int32_t> tokens);
  // The blocks of a match were used: they are the last to be dropped.
  void touch(const Match& match);

  // Adds what a sequence computed after `parent`: up to a block of tokens, and the block of each
  // group or kNoBlock. Where a node says as much already, blocks that it has replace those in
  // `blocks`, and it takes those that it lacks. The pin moves from the parent to the node that is
  // returned, unless there is no room for a node: then kNone.
  NodeId add(NodeId parent, std::span<const std::int32_t> tokens,
             std::array<BlockId, backend::kCacheGroupsMax>& blocks);
  // The pinned path was used: its beginnings come to be dropped after its ends.
  void touch_path(NodeId node);

  // Whether the group sees all of a sequence, so that each node has a block of it.
  bool is_whole(std::size_t group) const;
  BlockId block(NodeId node, std::size_t group) const { return at(node).blocks[group]; }
  std::int64_t token_count(NodeId node) const { return at(node).token_count; }
  // Blocks of tokens from the root to the end of the node.
  std::int64_t depth(NodeId node) const { return at(node).depth; }

  // Drops a block of the group that no sequence holds. False where there is none.
  bool try_drop(std::size_t group);
  // Leaves a block to its only holder, who will write into it. False where the way to others would
  // be lost with it.
  bool try_give(NodeId node, std::size_t group);
  // Drops all that is not pinned or held.
  void clear();

  // The tree is sound, and holds each kept block once: for tests.
  bool check_integrity() const;

 private:
  // Places in the order of use, one for each group.
  struct Links {
    NodeId older = kNone, newer = kNone;
  };
  struct Node {
    NodeId parent = kNone, first_child = kNone, next_sibling = kNone, previous_sibling = kNone;
    std::int32_t pins = 0;
    std::int32_t depth = 0;
    std::int32_t token_count = 0;
    std::array<std::int32_t, backend::kBlockTokens> tokens;
    std::array<BlockId, backend::kCacheGroupsMax> blocks;
    std::array<Links, backend::kCacheGroupsMax> links;

    std::span<const std::int32_t> own_tokens() const {
      return {tokens.data(), static_cast<std::size_t>(token_count)};
    }
  };

  Node& at(NodeId node) { return nodes_[static_cast<std::size_t>(node)]; }
  const Node& at(NodeId node) const { return nodes_[static_cast<std::size_t>(node)]; }
  NodeId allocate();
  std::pair<NodeId, std::int64_t> best_child(NodeId parent,
                                             std::span<const std::int32_t> tokens) const;
  std::int64_t usable(std::int64_t tokens) const;
  void set_block(NodeId node, std::size_t group, BlockId block);
  void drop_block(NodeId node, std::size_t group);
  void link_newest(NodeId node, std::size_t group);
  void unlink(NodeId node, std::size_t group);
  void touch(NodeId node, std::size_t group);
  void drop_subsumed(NodeId node);
  void remove(NodeId node);
  void prune(NodeId node);

  BlockPools& pools_;
  std::int64_t context_tokens_;
  bool has_states_;
  std::vector<Node> nodes_;
  std::vector<NodeId> unused_;
  std::array<Links, backend::kCacheGroupsMax> ends_;  // the oldest and the newest of each group
  std::map<PrefixKey, NodeId> roots_;
  std::vector<NodeId> path_;  // of the last match
};

}  // namespace bantam::engine
