// The tensors of a folder from those of a GGUF file.
#include "base/error.h"
#include "base/format.h"
#include "model/conversion/element_order.h"
#include "model/conversion/tensor_layout.h"

namespace bantam::model {
namespace {

using formats::SourceFormat;
using formats::TensorEntry;

// Plans one folder. Views its arguments.
class FolderPlanner {
 public:
  FolderPlanner(const FormChoice& choice, const ModelSpec& spec, const formats::TensorFile& gguf,
                WeightType type)
      : form_(choice.form),
        names_(choice.family.tensor_names),
        spec_(spec),
        gguf_(gguf),
        type_(type) {}

  TensorPlan run() {
    for (const TensorName& row : common_tensor_names()) {
      if (place_count(names_.pattern(SourceFormat::Gguf, row.role)) == 0) plan_global(row.role);
    }
    for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
      for (const TensorName& row : common_tensor_names()) {
        plan_in_layer(row.role, static_cast<std::int64_t>(i));
      }
      plan_numbers(static_cast<std::int64_t>(i));
    }
    plan_.left_out = left_out(gguf_, plan_.tensors, "");
    std::erase_if(plan_.left_out, [&](const std::string& name) { return is_in_config(name); });
    return std::move(plan_);
  }

 private:
  // Tensors that config.json states as numbers.
  bool is_in_config(std::string_view name) const {
    for (const Role role : {Role::RopeDivisors, Role::RopeShortDivisors, Role::RopeLongDivisors}) {
      if (name == names_.name(SourceFormat::Gguf, role)) return true;
    }
    return false;
  }

  const LayerSpec& layer_spec(std::int64_t layer) const {
    return spec_.layers[static_cast<std::size_t>(layer)];
  }

  const TensorEntry* find(Role role, Part part, std::int64_t layer) const {
    return names_.find(gguf_, role, part, layer);
  }

  PlannedTensor& add(Role role, Part part, std::int64_t layer, const TensorEntry& source,
                     std::int64_t expert = 0) {
    PlannedTensor planned{.name = names_.name(SourceFormat::HuggingFace, role, part, layer, expert),
                          .shape = source.tensor.shape,
                          .type = folder_type_of(source, type_)};
    if (part == Part::Weight && is_norm(role) && spec_.norm.is_stored_minus_one) planned.added = -1;
    if (role == Role::StateDecay) planned.map = ElementMap::NegatedLog;
    return plan_.tensors.emplace_back(std::move(planned));
  }

  void plan_global(Role role) {
    if (names_.name(SourceFormat::HuggingFace, role).empty()) return;
    for (const Part part : {Part::Weight, Part::Bias}) {
      const TensorEntry* entry = find(role, part, 0);
      if (entry != nullptr) add(role, part, 0, *entry).pieces = {whole(*entry)};
    }
  }

  void plan_in_layer(Role role, std::int64_t layer) {
    const LayerSpec& spec = layer_spec(layer);
    const int gguf_places = place_count(names_.pattern(SourceFormat::Gguf, role));
    if (gguf_places == 0 || !has_role(spec, role)) return;
    const FusedPair* pair = pair_of(form_, role);
    if (pair != nullptr && role != pair->first) return;  // the whole pair goes with its first
    const int folder_places = place_count(names_.pattern(SourceFormat::HuggingFace, role));
    for (const Part part : {Part::Weight, Part::Bias}) {
      const TensorEntry* entry = find(role, part, layer);
      if (entry == nullptr) continue;
      if (pair != nullptr) {
        join(*pair, part, layer, *entry);
      } else if (role == Role::LatentKeyUp) {
        join_latent(spec, layer, *entry);
      } else if (folder_places > gguf_places) {
        unstack(role, part, layer, *entry);
      } else if (folder_places > 0) {
        copy(role, part, layer, *entry);
      }
    }
  }

  void copy(Role role, Part part, std::int64_t layer, const TensorEntry& entry) {
    PlannedTensor& planned = add(role, part, layer, entry);
    const LayerSpec& spec = layer_spec(layer);
    const std::int64_t heads = form_.permutes_heads ? permuted_heads(spec, role) : 0;
    const DeltaNetSpec* net = reordered_net(spec);
    if (part == Part::Weight) planned.shape = folder_shape(spec, role, entry.tensor.shape);
    if (heads > 0) {
      planned.pieces = permuted(entry, heads, PairOrder::Halves);
    } else if (net != nullptr && has_value_heads(role)) {
      planned.pieces = with_value_heads(entry, *net, role, HeadOrder::Grouped);
    } else if (spec_.has_transposed_weights && part == Part::Weight && is_projection(role)) {
      planned.shape = Shape{entry.tensor.shape.columns(), entry.tensor.shape.rows()};
      planned.pieces = {whole_transposed(entry)};
    } else if (form_.experts == ExpertLayout::FusedTransposed && part == Part::Weight &&
               role == Role::ExpertDown) {
      const Shape& shape = entry.tensor.shape;
      planned.shape = Shape{shape[0], shape[2], shape[1]};
      for (std::int64_t i = 0; i < shape[0]; ++i) {
        planned.pieces.push_back(transposed_expert(entry, i));
      }
    } else {
      planned.pieces = {whole(entry)};
    }
  }

  void join(const FusedPair& pair, Part part, std::int64_t layer, const TensorEntry& first) {
    const TensorEntry* second = find(pair.second, part, layer);
    if (second == nullptr) {
      throw Error(ErrorCode::BadFile,
                  format("{}: tensor {} is missing, expected it beside {}", first.file,
                         names_.name(SourceFormat::Gguf, pair.second, part, layer), first.name));
    }
    PlannedTensor& planned = add(pair.fused, part, layer, first);
    PlannedTensor both = joined(first, *second, part, form_.experts);
    planned.shape = both.shape;
    planned.pieces = std::move(both.pieces);
  }

  // What GGUF's metadata lists for the layers: the numbers of their xIELU.
  void plan_numbers(std::int64_t layer) {
    const auto* dense = std::get_if<DenseFfnSpec>(&layer_spec(layer).ffn);
    if (dense == nullptr || !dense->has_xielu) return;
    for (const ListedNumber& number : listed_numbers()) {
      const auto all = gguf_.metadata().reals(number.key).value_or(std::vector<double>{});
      if (std::ssize(all) <= layer) continue;
      plan_.tensors.push_back(
          {.name = names_.name(SourceFormat::HuggingFace, number.role, Part::Weight, layer),
           .shape = number.is_scalar ? Shape{} : Shape{1},
           .values = {static_cast<float>(all[static_cast<std::size_t>(layer)])}});
    }
  }

  void unstack(Role role, Part part, std::int64_t layer, const TensorEntry& all) {
    const Shape& shape = all.tensor.shape;
    const std::int64_t count = shape[0];
    const std::int64_t elements = shape.element_count() / count;
    const Shape one = shape.rank() == 2 ? Shape{shape[1]} : Shape{shape[1], shape[2]};
    for (std::int64_t expert = 0; expert < count; ++expert) {
      PlannedTensor& planned = add(role, part, layer, all, expert);
      planned.shape = one;
      planned.pieces = {{.source = &all, .first = expert * elements, .count = elements}};
    }
  }

  void join_latent(const LayerSpec& layer, std::int64_t index, const TensorEntry& keys) {
    const TensorEntry* values = find(Role::LatentValueUp, Part::Weight, index);
    const auto& latent = std::get<LatentAttentionSpec>(layer.mixer);
    const std::int64_t rank = latent.latent_size, plain = latent.plain_size;
    const std::int64_t value = latent.value_size, heads = latent.head_count;
    if (values == nullptr || keys.tensor.shape != Shape{heads, rank, plain} ||
        values->tensor.shape != Shape{heads, value, rank}) {
      throw Error(ErrorCode::BadFile,
                  format("{}: tensor {}: expected {} beside {} of {}", keys.file, keys.name,
                         to_text(Shape{heads, rank, plain}),
                         names_.name(SourceFormat::Gguf, Role::LatentValueUp, Part::Weight, index),
                         to_text(Shape{heads, value, rank})));
    }
    PlannedTensor& planned = add(Role::LatentUp, Part::Weight, index, keys);
    planned.shape = Shape{heads * (plain + value), rank};
    for (std::int64_t head = 0; head < heads; ++head) {
      planned.pieces.push_back({.source = &keys,
                                .first = head * rank * plain,
                                .count = rank * plain,
                                .order = {{plain, 1}, {rank, plain}}});
      planned.pieces.push_back(
          {.source = values, .first = head * value * rank, .count = value * rank});
    }
  }

  const GgufForm& form_;
  TensorNames names_;
  const ModelSpec& spec_;
  const formats::TensorFile& gguf_;
  WeightType type_;
  TensorPlan plan_;
};

}  // namespace

TensorPlan plan_folder(const FormChoice& choice, const ModelSpec& spec,
                       const formats::TensorFile& gguf, WeightType type) {
  return FolderPlanner(choice, spec, gguf, type).run();
}

}  // namespace bantam::model
