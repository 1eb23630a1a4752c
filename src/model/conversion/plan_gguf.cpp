// The tensors of a GGUF file from those of a folder.
#include "base/error.h"
#include "base/format.h"
#include "model/conversion/element_order.h"
#include "model/conversion/rope_divisors.h"
#include "model/conversion/tensor_layout.h"

namespace bantam::model {
namespace {

using formats::SourceFormat;
using formats::TensorEntry;

// Plans one file. Views its arguments.
class GgufPlanner {
 public:
  GgufPlanner(const FormChoice& choice, const ModelSpec& spec, const formats::TensorFile& folder,
              WeightType type)
      : form_(choice.form),
        names_(choice.family.tensor_names),
        parameters_(folder, names_),
        spec_(spec),
        folder_(folder),
        type_(type) {}

  TensorPlan run() {
    for (const TensorName& row : common_tensor_names()) {
      if (place_count(names_.pattern(SourceFormat::Gguf, row.role)) == 0) plan_global(row.role);
    }
    plan_rope();
    for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
      for (const TensorName& row : common_tensor_names()) {
        plan_in_layer(row.role, static_cast<std::int64_t>(i));
      }
    }
    const std::string output =
        spec_.has_tied_output ? names_.name(SourceFormat::HuggingFace, Role::Output) : "";
    plan_.left_out = left_out(folder_, plan_.tensors, output);
    std::erase_if(plan_.left_out, [&](const std::string& name) { return is_in_metadata(name); });
    return std::move(plan_);
  }

 private:
  // Tensors that GGUF's metadata states as numbers.
  bool is_in_metadata(std::string_view name) const {
    for (const ListedNumber& number : listed_numbers()) {
      for (std::int64_t i = 0; i < std::ssize(spec_.layers); ++i) {
        const TensorEntry* entry = find(number.role, Part::Weight, i);
        if (entry != nullptr && entry->name == name) return true;
      }
    }
    return false;
  }

  const TensorEntry* find(Role role, Part part, std::int64_t layer, std::int64_t expert = 0) const {
    return names_.find(folder_, role, part, layer, expert);
  }

  const LayerSpec& layer_spec(std::int64_t layer) const {
    return spec_.layers[static_cast<std::size_t>(layer)];
  }

  PlannedTensor& add(Role role, Part part, std::int64_t layer, const TensorEntry& source) {
    PlannedTensor planned{.name = names_.name(SourceFormat::Gguf, role, part, layer),
                          .shape = source.tensor.shape};
    planned.type = gguf_type_of(role, planned.name, source, type_);
    if (part == Part::Weight && is_norm(role) && spec_.norm.is_stored_minus_one) planned.added = 1;
    if (role == Role::StateDecay) planned.map = ElementMap::NegatedExp;
    return plan_.tensors.emplace_back(std::move(planned));
  }

  void plan_global(Role role) {
    if (names_.name(SourceFormat::Gguf, role).empty()) return;
    for (const Part part : {Part::Weight, Part::Bias}) {
      if (role == Role::Output && part == Part::Weight && spec_.has_tied_output) continue;
      const TensorEntry* entry = find(role, part, 0);
      if (entry == nullptr && role == Role::TokenEmbedding && part == Part::Weight &&
          spec_.has_tied_output) {
        entry = find(Role::Output, part, 0);  // the one matrix under its other name
      }
      if (entry == nullptr) continue;
      PlannedTensor& planned = add(role, part, 0, *entry);
      planned.pieces = {whole(*entry)};
      multiply(role, planned);
    }
  }

  void plan_values(Role role, const std::vector<float>& values) {
    plan_.tensors.push_back({.name = names_.name(SourceFormat::Gguf, role),
                             .shape = Shape{static_cast<std::int64_t>(values.size())},
                             .values = values});
  }

  void plan_rope() {
    if (spec_.ropes.empty()) return;
    const RopeSpec& rope = spec_.ropes.front();
    if (std::holds_alternative<Llama3RopeScaling>(rope.scaling)) {
      plan_values(Role::RopeDivisors, llama3_divisors(rope));
    } else if (rope.still_pairs > 0) {
      plan_values(Role::RopeDivisors, still_divisors(rope));
    }
    if (const auto* scaling = std::get_if<LongRopeScaling>(&rope.scaling)) {
      plan_values(Role::RopeLongDivisors, scaling->long_divisors);
      plan_values(Role::RopeShortDivisors, scaling->short_divisors);
    }
  }

  void plan_in_layer(Role role, std::int64_t layer) {
    const LayerSpec& spec = layer_spec(layer);
    if (!has_role(spec, role) || role == Role::LatentKeyUp || role == Role::LatentValueUp) return;
    const FusedPair* pair = pair_of(form_, role);
    const int gguf_places = place_count(names_.pattern(SourceFormat::Gguf, role));
    if (pair == nullptr && gguf_places == 0) return;
    const int folder_places = place_count(names_.pattern(SourceFormat::HuggingFace, role));
    for (const Part part : {Part::Weight, Part::Bias}) {
      const TensorEntry* entry = find(role, part, spec.stored_layer);
      if (entry == nullptr) continue;
      if (pair != nullptr) {
        split(*pair, part, layer, *entry);
      } else if (role == Role::LatentUp && form_.splits_latent) {
        split_latent(spec, layer, *entry);
      } else if (folder_places > gguf_places) {
        stack(role, part, layer, *entry);
      } else {
        copy(role, part, layer, *entry);
      }
    }
  }

  void copy(Role role, Part part, std::int64_t layer, const TensorEntry& entry) {
    PlannedTensor& planned = add(role, part, layer, entry);
    const LayerSpec& spec = layer_spec(layer);
    const std::int64_t heads = form_.permutes_heads ? permuted_heads(spec, role) : 0;
    const DeltaNetSpec* net = reordered_net(spec);
    const bool is_matrix = part == Part::Weight && !is_quantized(entry);
    planned.shape =
        part == Part::Weight ? gguf_shape(spec, role, entry.tensor.shape) : entry.tensor.shape;
    if (heads > 0) {
      planned.pieces = permuted(entry, heads, PairOrder::Neighbours);
    } else if (net != nullptr && has_value_heads(role)) {
      planned.pieces = with_value_heads(entry, *net, role, HeadOrder::Tiled);
    } else if (spec_.has_transposed_weights && is_matrix && is_projection(role)) {
      planned.shape = Shape{entry.tensor.shape.columns(), entry.tensor.shape.rows()};
      planned.pieces = {whole_transposed(entry)};
    } else if (form_.experts == ExpertLayout::FusedTransposed && is_matrix &&
               role == Role::ExpertDown) {
      transpose_experts(entry, planned);
    } else {
      planned.pieces = {whole(entry)};
    }
    if (part == Part::Weight) multiply(role, planned, state_space_of(spec));
  }

  static void transpose_experts(const TensorEntry& entry, PlannedTensor& planned) {
    const Shape& shape = entry.tensor.shape;
    if (shape.rank() != 3) {
      throw Error(ErrorCode::BadFile,
                  format("{}: tensor {}: found {}, expected [experts, inputs, outputs]", entry.file,
                         entry.name, to_text(shape)));
    }
    planned.shape = Shape{shape[0], shape[2], shape[1]};
    for (std::int64_t i = 0; i < shape[0]; ++i) {
      planned.pieces.push_back(transposed_expert(entry, i));
    }
  }

  // The numbers of config.json by which the file has its weights multiplied.
  void multiply(Role role, PlannedTensor& planned, const StateSpaceSpec* states = nullptr) {
    for (const FoldedFactor& factor : form_.factors) {
      if (factor.role != role) continue;
      const Key key{"", factor.name};
      const auto list = is_list(key) ? parameters_.reals(key) : std::nullopt;
      if (list && factor.index < 0 && states != nullptr) {
        multiply_parts(*states, *list, planned);
        continue;
      }
      const auto number = list ? std::optional(list->at(static_cast<std::size_t>(factor.index)))
                               : parameters_.positive(key);
      if (!number) continue;
      for (TensorPiece& piece : planned.pieces) {
        piece.factors.push_back(static_cast<float>(*number));
      }
    }
  }

  bool is_list(Key key) const {
    const auto entry = parameters_.metadata().entries().find(parameters_.name(key));
    return entry != parameters_.metadata().entries().end() &&
           formats::is_array(entry->second.value);
  }

  // What a state space is projected to: gate, x, b, c and step sizes.
  static void multiply_parts(const StateSpaceSpec& states, const std::vector<double>& factors,
                             PlannedTensor& planned) {
    const std::int64_t inner = states.head_count * states.head_size;
    const std::int64_t group = states.group_count * states.state_size;
    const std::array<std::int64_t, 5> rows{inner, inner, group, group, states.head_count};
    TensorPiece piece = std::move(planned.pieces.front());
    planned.pieces.clear();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      piece.count = rows[i] * piece.source->tensor.shape.columns();
      planned.pieces.push_back(piece);
      planned.pieces.back().factors.push_back(static_cast<float>(factors.at(i)));
      piece.first += piece.count;
    }
  }

  void split(const FusedPair& pair, Part part, std::int64_t layer, const TensorEntry& both) {
    std::int64_t index = 0;
    for (const Role role : {pair.first, pair.second}) {
      PlannedTensor half = half_of(both, part, index++, form_.experts);
      PlannedTensor& planned = add(role, part, layer, both);
      planned.shape = half.shape;
      planned.pieces = std::move(half.pieces);
    }
  }

  // Experts, or norms of single heads: one tensor for all of them.
  void stack(Role role, Part part, std::int64_t layer, const TensorEntry& first) {
    PlannedTensor& planned = add(role, part, layer, first);
    const std::int64_t stored = layer_spec(layer).stored_layer;
    std::int64_t count = 0;
    DType type = first.tensor.type;
    for (const TensorEntry* entry = &first; entry != nullptr;
         entry = find(role, part, stored, count)) {
      if (entry->tensor.shape != first.tensor.shape) {
        throw Error(
            ErrorCode::BadFile,
            format("{}: tensor {}: found {}, expected {} as of {}", entry->file, entry->name,
                   to_text(entry->tensor.shape), to_text(first.tensor.shape), first.name));
      }
      if (entry->tensor.type != type) type = DType::F32;  // which holds what each of them does
      planned.pieces.push_back(whole(*entry));
      ++count;
    }
    const Shape& one = first.tensor.shape;
    planned.shape =
        one.rank() == 1 ? Shape{count, one.columns()} : Shape{count, one.rows(), one.columns()};
    if (part == Part::Weight) {
      const TensorEntry stacked{
          .name = first.name, .tensor = {type, planned.shape, nullptr}, .file = first.file};
      planned.type = gguf_type_of(role, planned.name, stacked, type_);
    }
  }

  // Rows of each head: its keys, then its values. GGUF has the keys transposed.
  void split_latent(const LayerSpec& layer, std::int64_t index, const TensorEntry& entry) {
    const auto& latent = std::get<LatentAttentionSpec>(layer.mixer);
    const std::int64_t rank = latent.latent_size, plain = latent.plain_size;
    const std::int64_t value = latent.value_size, heads = latent.head_count;
    PlannedTensor keys{
        .name = names_.name(SourceFormat::Gguf, Role::LatentKeyUp, Part::Weight, index),
        .shape = Shape{heads, rank, plain}};
    PlannedTensor values{
        .name = names_.name(SourceFormat::Gguf, Role::LatentValueUp, Part::Weight, index),
        .shape = Shape{heads, value, rank}};
    keys.type = values.type = gguf_type_of(Role::LatentUp, keys.name, entry, type_);
    for (std::int64_t head = 0; head < heads; ++head) {
      const std::int64_t first = head * (plain + value) * rank;
      keys.pieces.push_back({.source = &entry,
                             .first = first,
                             .count = plain * rank,
                             .order = {{rank, 1}, {plain, rank}}});
      values.pieces.push_back(
          {.source = &entry, .first = first + plain * rank, .count = value * rank});
    }
    plan_.tensors.push_back(std::move(keys));
    plan_.tensors.push_back(std::move(values));
  }

  const GgufForm& form_;
  TensorNames names_;
  HyperParameters parameters_;
  const ModelSpec& spec_;
  const formats::TensorFile& folder_;
  WeightType type_;
  TensorPlan plan_;
};

}  // namespace

TensorPlan plan_gguf(const FormChoice& choice, const ModelSpec& spec,
                     const formats::TensorFile& folder, WeightType type) {
  return GgufPlanner(choice, spec, folder, type).run();
}

}  // namespace bantam::model
