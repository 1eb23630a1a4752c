#include "backend/kv_cache.h"

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

}  // namespace

void KvCache::check_type(DType type, std::int64_t head_size) {
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

std::int64_t KvCache::block_bytes(const std::vector<KvLayerShape>& layers, DType key_type,
                                  DType value_type) {
  std::int64_t bytes = 0;
  for (const KvLayerShape& layer : layers) {
    bytes += layer.head_count * (head_bytes(key_type, layer.key_size) +
                                 head_bytes(value_type, layer.stored_value_size()));
  }
  return bytes;
}

KvCache::KvCache(std::vector<KvLayerShape> layers, KvCacheOptions options)
    : layers_(std::move(layers)), options_(options) {
  for (const KvLayerShape& layer : layers_) {
    check_type(options_.key_type, layer.key_size);
    check_type(options_.value_type, layer.stored_value_size());
    const LayerPlace place{
        .offset = block_bytes_,
        .key_head_bytes = head_bytes(options_.key_type, layer.key_size),
        .value_head_bytes = head_bytes(options_.value_type, layer.stored_value_size())};
    places_.push_back(place);
    block_bytes_ += layer.head_count * (place.key_head_bytes + place.value_head_bytes);
  }
  memory_ = Buffer(static_cast<std::size_t>(block_bytes_ * options_.block_count));
}

std::byte* KvCache::keys(std::int64_t layer, std::int64_t block, std::int64_t head) const {
  const LayerPlace& place = places_[static_cast<std::size_t>(layer)];
  return memory_.data() + block * block_bytes_ + place.offset + head * place.key_head_bytes;
}

std::byte* KvCache::values(std::int64_t layer, std::int64_t block, std::int64_t head) const {
  const LayerPlace& place = places_[static_cast<std::size_t>(layer)];
  return memory_.data() + block * block_bytes_ + place.offset +
         this->layer(layer).head_count * place.key_head_bytes + head * place.value_head_bytes;
}

}  // namespace bantam::backend
