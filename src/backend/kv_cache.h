// The memory of keys and values: fixed-size blocks of tokens, shared by all layers of a model.
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/dtype.h"
#include "tensor/tensor.h"

namespace bantam::backend {

// Tokens in a block. Small enough to waste little, large enough that a block is a good unit of
// work.
inline constexpr std::int64_t kBlockTokens = 32;

// Keys and values of one layer; all 0 for a layer that has none.
struct KvLayerShape {
  std::int64_t head_count = 0;  // key/value heads
  std::int64_t key_size = 0;    // values a head and token
  std::int64_t value_size = 0;
  bool has_values_in_keys = false;  // the values are the first value_size numbers of each key
  std::int64_t stored_value_size() const { return has_values_in_keys ? 0 : value_size; }
};

struct KvCacheOptions {
  DType key_type = DType::F16;
  DType value_type = DType::F16;
  std::int64_t block_count = 0;
};

// Owns the memory; which block belongs to whom is its user's business. A block of a layer is, for
// each head, [kBlockTokens, key_size] keys and then, for each head, [kBlockTokens, value_size]
// values. Not synchronised: written and read by one forward pass at a time.
class KvCache {
 public:
  // Throws BadInput where a type cannot hold these sizes, OutOfMemory where memory lacks.
  KvCache(std::vector<KvLayerShape> layers, KvCacheOptions options);

  std::int64_t block_count() const { return options_.block_count; }
  DType key_type() const { return options_.key_type; }
  DType value_type() const { return options_.value_type; }
  const KvLayerShape& layer(std::int64_t layer) const {
    return layers_[static_cast<std::size_t>(layer)];
  }

  // Not to be called on a cache without blocks, as CostOps has.
  std::byte* keys(std::int64_t layer, std::int64_t block, std::int64_t head) const;
  std::byte* values(std::int64_t layer, std::int64_t block, std::int64_t head) const;

  // Bytes of a block over all layers.
  static std::int64_t block_bytes(const std::vector<KvLayerShape>& layers, DType key_type,
                                  DType value_type);
  // Throws BadInput naming the type where a cache cannot use it.
  static void check_type(DType type, std::int64_t head_size);

 private:
  struct LayerPlace {
    std::int64_t offset = 0;            // of the layer in a block, bytes
    std::int64_t key_head_bytes = 0;    // of one head's keys in a block
    std::int64_t value_head_bytes = 0;  // of one head's values in a block
  };

  std::vector<KvLayerShape> layers_;
  KvCacheOptions options_;
  std::vector<LayerPlace> places_;
  std::int64_t block_bytes_ = 0;
  Buffer memory_;
};

}  // namespace bantam::backend
