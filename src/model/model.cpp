#include "model/model.h"

#include <map>
#include <utility>

#include "model/families/families.h"
#include "model/weight_binder.h"

namespace bantam::model {

Model::Model(formats::TensorFile file) : file_(std::move(file)), spec_(read_spec(file_)) {
  WeightBinder(*this).bind();
}

std::vector<backend::KvLayerShape> Model::kv_shapes() const {
  std::vector<backend::KvLayerShape> shapes;
  for (const LayerSpec& layer : spec_.layers) {
    const auto& attention = std::get<AttentionSpec>(layer.mixer);
    shapes.push_back({attention.kv_head_count, attention.head_size, attention.head_size});
  }
  return shapes;
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
