#include "backend/kv_cache.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/format.h"
#include "tensor/quant_format.h"

namespace bantam::backend {
namespace {

std::int64_t head_bytes(DType type, std::int64_t head_size) {
  return kBlockTokens * quant_format(type).bytes_for(head_size);
}

std::string usable_types() {
  std::string names;
  for (const QuantFormat& row : quant_formats()) {
    if (row.encode == nullptr) continue;
    if (!names.empty()) names += ", ";
    names += row.name;
  }
  return names;
}

std::int64_t blocks_of(std::int64_t tokens) { return (tokens + kBlockTokens - 1) / kBlockTokens; }

}  // namespace

void check_cache_type(DType type, std::int64_t head_size) {
  const QuantFormat& row = quant_format(type);
  if (row.encode == nullptr) {
    throw Error(ErrorCode::BadInput,
                format("a cache cannot be of type {}; use one of {}", row.name, usable_types()));
  }
  if (head_size % row.block_size != 0) {
    throw Error(
        ErrorCode::BadInput,
        format("a cache of type {} needs heads of a multiple of {} values, this model has {}; "
               "use --cache-type-k f16 --cache-type-v f16",
               row.name, row.block_size, head_size));
  }
}

std::size_t CacheLayout::group_of(std::int64_t window) {
  const auto same = std::ranges::find_if(
      groups_, [&](const CacheGroup& group) { return !group.is_state && group.window == window; });
  if (same != groups_.end()) return static_cast<std::size_t>(same - groups_.begin());
  if (groups_.size() + 1 < kCacheGroupsMax) {  // one is left for states
    groups_.push_back({.window = window});
    return groups_.size() - 1;
  }
  const auto largest = std::ranges::max_element(groups_, {}, &CacheGroup::window);
  largest->window = std::max(largest->window, window);
  return static_cast<std::size_t>(largest - groups_.begin());
}

std::size_t CacheLayout::state_group() {
  const auto found = std::ranges::find(groups_, true, &CacheGroup::is_state);
  if (found != groups_.end()) return static_cast<std::size_t>(found - groups_.begin());
  groups_.push_back({.window = 0, .is_state = true});
  return groups_.size() - 1;
}

CacheLayout::CacheLayout(std::vector<KvLayerShape> layers, DType key_type, DType value_type)
    : layers_(std::move(layers)), key_type_(key_type), value_type_(value_type) {
  for (const KvLayerShape& layer : layers_) {
    Place place;
    if (layer.head_count > 0) {
      check_cache_type(key_type, layer.key_size);
      check_cache_type(value_type, layer.stored_value_size());
      place.group = group_of(layer.window);
      CacheGroup& group = groups_[place.group];
      place.offset = group.block_bytes;
      place.key_head_bytes = head_bytes(key_type, layer.key_size);
      place.value_head_bytes = head_bytes(value_type, layer.stored_value_size());
      group.block_bytes += layer.head_count * (place.key_head_bytes + place.value_head_bytes);
    }
    if (layer.state_bytes > 0) {
      place.state_group = state_group();
      CacheGroup& group = groups_[place.state_group];
      place.state_offset = group.block_bytes;
      group.block_bytes += layer.state_bytes;
    }
    places_.push_back(place);
  }
}

std::int64_t CacheLayout::sequence_blocks(std::size_t group, std::int64_t tokens,
                                          std::int64_t batch_tokens) const {
  if (groups_[group].is_state) return 1;
  const std::int64_t window = groups_[group].window;
  if (window >= tokens) return blocks_of(tokens);
  // A pass needs its own tokens and the window before its first one, wherever in a block that is.
  return std::min(blocks_of(tokens), blocks_of(window - 1 + batch_tokens) + 1);
}

GroupCounts CacheLayout::block_counts(std::int64_t token_blocks, std::int64_t sequences,
                                      std::int64_t batch_tokens) const {
  GroupCounts counts{};
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    const std::int64_t most = sequence_blocks(group, token_blocks * kBlockTokens, batch_tokens);
    const bool is_whole = groups_[group].window == INT64_MAX;
    counts[group] = is_whole ? token_blocks : sequences * most;
    if (!groups_[group].is_state) counts[group] = std::min(counts[group], token_blocks);
  }
  return counts;
}

std::int64_t CacheLayout::bytes(const GroupCounts& counts) const {
  std::int64_t bytes = 0;
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    bytes += counts[group] * groups_[group].block_bytes;
  }
  return bytes;
}

KvCache::KvCache(CacheLayout layout, const GroupCounts& block_counts) : layout_(std::move(layout)) {
  for (std::size_t group = 0; group < layout_.groups().size(); ++group) {
    const std::int64_t bytes = block_counts[group] * layout_.groups()[group].block_bytes;
    memory_[group] = Buffer(static_cast<std::size_t>(bytes));
  }
}

std::byte* KvCache::keys(std::int64_t layer, std::int64_t block, std::int64_t head) const {
  const CacheLayout::Place& place = layout_.place(layer);
  return memory_[place.group].data() + block * layout_.groups()[place.group].block_bytes +
         place.offset + head * place.key_head_bytes;
}

std::byte* KvCache::values(std::int64_t layer, std::int64_t block, std::int64_t head) const {
  const CacheLayout::Place& place = layout_.place(layer);
  return keys(layer, block, 0) + this->layer(layer).head_count * place.key_head_bytes +
         head * place.value_head_bytes;
}

std::byte* KvCache::state(std::int64_t layer, std::int64_t block) const {
  const CacheLayout::Place& place = layout_.place(layer);
  return memory_[place.state_group].data() +
         block * layout_.groups()[place.state_group].block_bytes + place.state_offset;
}

void KvCache::copy_block(std::size_t group, std::int64_t from, std::int64_t to) const {
  const std::int64_t bytes = layout_.groups()[group].block_bytes;
  std::byte* const memory = memory_[group].data();
  std::memcpy(memory + to * bytes, memory + from * bytes, static_cast<std::size_t>(bytes));
}

}  // namespace bantam::backend
