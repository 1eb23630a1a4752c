// The memory of a model's sequences: keys and values in fixed-size blocks of tokens, and the state
// of recurrent layers.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "tensor/dtype.h"
#include "tensor/tensor.h"

namespace bantam::backend {

// Tokens in a block. Small enough to waste little, large enough that a block is a good unit of
// work.
inline constexpr std::int64_t kBlockTokens = 32;

// What one layer keeps of a sequence: keys and values of each token (head_count > 0), or a state
// (state_bytes > 0), or both, or nothing.
struct KvLayerShape {
  std::int64_t head_count = 0;  // key/value heads
  std::int64_t key_size = 0;    // values a head and token
  std::int64_t value_size = 0;
  bool has_values_in_keys = false;  // the values are the first value_size numbers of each key
  std::int64_t window = INT64_MAX;  // keys that a token sees, itself included
  std::int64_t state_bytes = 0;     // of a whole sequence
  std::int64_t stored_value_size() const { return has_values_in_keys ? 0 : value_size; }
};

// Layers whose blocks live equally long share block numbers: a sequence has a block table for each
// group. Layers that look through a window need the blocks of that window only; a state takes one
// block a sequence.
struct CacheGroup {
  std::int64_t window = INT64_MAX;
  bool is_state = false;
  std::int64_t block_bytes = 0;  // over all layers of the group
};

// More different windows in one model share the largest one's blocks.
inline constexpr std::size_t kCacheGroupsMax = 4;

using GroupCounts = std::array<std::int64_t, kCacheGroupsMax>;

// Which layers form which group, and where each lies in a block of its group. A block of a layer
// is, for each head, [kBlockTokens, key_size] keys and then, for each head, [kBlockTokens,
// value_size] values.
class CacheLayout {
 public:
  // Where a layer's part of a block lies.
  struct Place {
    std::size_t group = 0;
    std::size_t state_group = 0;        // where the layer has a state
    std::int64_t offset = 0;            // in a block of `group`, bytes
    std::int64_t key_head_bytes = 0;    // of one head's keys in a block
    std::int64_t value_head_bytes = 0;  // of one head's values in a block
    std::int64_t state_offset = 0;      // in a block of `state_group`, bytes
  };

  // Throws BadInput where a type cannot hold these sizes.
  CacheLayout(std::vector<KvLayerShape> layers, DType key_type, DType value_type);

  const std::vector<CacheGroup>& groups() const { return groups_; }
  const KvLayerShape& layer(std::int64_t layer) const {
    return layers_[static_cast<std::size_t>(layer)];
  }
  const Place& place(std::int64_t layer) const { return places_[static_cast<std::size_t>(layer)]; }
  DType key_type() const { return key_type_; }
  DType value_type() const { return value_type_; }

  // Blocks in each group for `token_blocks` blocks of tokens, held by at most `sequences` sequences
  // whose passes take at most `batch_tokens` tokens.
  GroupCounts block_counts(std::int64_t token_blocks, std::int64_t sequences,
                           std::int64_t batch_tokens) const;
  // The most blocks of a group that one sequence of up to `tokens` tokens uses at once.
  std::int64_t sequence_blocks(std::size_t group, std::int64_t tokens,
                               std::int64_t batch_tokens) const;
  std::int64_t bytes(const GroupCounts& counts) const;

 private:
  std::size_t group_of(std::int64_t window);
  std::size_t state_group();

  std::vector<KvLayerShape> layers_;
  DType key_type_, value_type_;
  std::vector<CacheGroup> groups_;
  std::vector<Place> places_;
};

// Owns the memory; which block belongs to whom is its user's business. Not synchronised: written
// and read by one forward pass at a time.
class KvCache {
 public:
  // Throws OutOfMemory where memory lacks.
  KvCache(CacheLayout layout, const GroupCounts& block_counts);

  const CacheLayout& layout() const { return layout_; }
  DType key_type() const { return layout_.key_type(); }
  DType value_type() const { return layout_.value_type(); }
  const KvLayerShape& layer(std::int64_t layer) const { return layout_.layer(layer); }
  // The group whose block table counts for keys and values of the layer.
  std::size_t group(std::int64_t layer) const { return layout_.place(layer).group; }
  std::size_t state_group(std::int64_t layer) const { return layout_.place(layer).state_group; }

  // Not to be called on a cache without blocks, as CostOps has.
  std::byte* keys(std::int64_t layer, std::int64_t block, std::int64_t head) const;
  std::byte* values(std::int64_t layer, std::int64_t block, std::int64_t head) const;
  std::byte* state(std::int64_t layer, std::int64_t block) const;

  // Copies all that a block of a group holds into another.
  void copy_block(std::size_t group, std::int64_t from, std::int64_t to) const;

 private:
  CacheLayout layout_;
  std::array<Buffer, kCacheGroupsMax> memory_;
};

// Throws BadInput naming the type where a cache cannot use it for heads of this size.
void check_cache_type(DType type, std::int64_t head_size);

}  // namespace bantam::backend
