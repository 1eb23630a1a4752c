#include "model/model.h"

#include <algorithm>
#include <map>
#include <utility>

#include "model/families/families.h"
#include "model/mixers/attention.h"
#include "model/mixers/delta_net.h"
#include "model/mixers/latent_attention.h"
#include "model/mixers/short_convolution.h"
#include "model/mixers/state_space.h"
#include "model/weight_binder.h"

namespace bantam::model {

Model::Model(formats::TensorFile file) : file_(std::move(file)) {
  const Family& family = family_of(file_);
  spec_ = read_spec(family, file_);
  WeightBinder(*this, TensorNames(family.tensor_names)).bind();
  const std::vector<backend::KvLayerShape> shapes = kv_shapes();
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const bool keeps = shapes[i].head_count > 0 || shapes[i].state_bytes > 0;
    if (keeps) cached_layers_ = static_cast<std::int64_t>(i) + 1;
  }
}

std::vector<backend::KvLayerShape> Model::kv_shapes() const {
  std::vector<backend::KvLayerShape> shapes;
  for (const LayerSpec& layer : spec_.layers) {
    shapes.push_back(std::visit([](const auto& mixer) { return kv_shape(mixer); }, layer.mixer));
  }
  return shapes;
}

std::int64_t Model::heads_per_kv_max() const {
  std::int64_t most = 1;
  for (const LayerSpec& layer : spec_.layers) {
    most = std::max(most,
                    std::visit([](const auto& mixer) { return heads_per_kv(mixer); }, layer.mixer));
  }
  return most;
}

std::int64_t Model::parameter_count() const {
  std::int64_t count = 0;
  for (const formats::TensorEntry& entry : file_.tensors())
    count += entry.tensor.shape.element_count();
  return count;
}

DType Model::main_type() const {
  std::map<DType, std::int64_t> counts;
  for (const formats::TensorEntry& entry : file_.tensors()) {
    counts[entry.tensor.type] += entry.tensor.shape.element_count();
  }
  DType main = DType::F32;
  for (const auto& [type, count] : counts) {
    if (count > counts[main]) main = type;
  }
  return main;
}

}  // namespace bantam::model
