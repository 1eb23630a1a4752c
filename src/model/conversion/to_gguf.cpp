// config.json to GGUF metadata.
#include <iterator>

#include "base/error.h"
#include "base/format.h"
#include "model/conversion/common_keys.h"
#include "model/conversion/metadata.h"
#include "model/conversion/tensor_layout.h"
#include "tensor/quant_format.h"

namespace bantam::model {
namespace {

using formats::GgufType;

void copy(const HyperParameters& folder, const SharedKey& shared, KeyWriter& out) {
  const Key key{"", shared.key.hugging_face};
  if (!folder.has(key)) return;
  const std::string_view name = shared.key.gguf;
  switch (shared.type) {
    case GgufType::F32:
      if (const auto value = folder.real(key)) out.real(name, *value);
      return;
    case GgufType::Bool:
      if (const auto value = folder.boolean(key)) out.boolean(name, *value);
      return;
    case GgufType::Text:
      if (const auto value = folder.text(key)) out.text(name, *value);
      return;
    default:
      if (const auto value = folder.integer(key, {0, UINT32_MAX})) out.integer(name, *value);
  }
}

// Heads that a folder leaves to its class: a GGUF file states how many there are, and what differs
// from a key/value head for each and from heads that share the width between them.
void state_heads(const ModelSpec& spec, const GgufForm& form, KeyWriter& out) {
  const AttentionSpec* attention = nullptr;
  for (const LayerSpec& layer : spec.layers) {
    attention = std::get_if<AttentionSpec>(&layer.mixer);
    if (attention != nullptr) break;
  }
  if (attention == nullptr) return;
  const auto state = [&](std::string_view key, std::int64_t value, std::int64_t assumed) {
    if (value != assumed && !out.has(key) && !has_own_key(form, key)) out.integer(key, value);
  };
  const std::int64_t usual_size = spec.hidden_size / attention->head_count;
  state("attention.head_count", attention->head_count, 0);
  state("attention.head_count_kv", attention->kv_head_count, attention->head_count);
  state("attention.key_length", attention->head_size, usual_size);
  state("attention.value_length", attention->head_size, usual_size);
}

// What a reader of GGUF files has no convention for but a folder may leave to its family's.
void state_conventions(const HyperParameters& folder, const ModelSpec& spec, const GgufForm& form,
                       KeyWriter& out) {
  constexpr double kBaseOfGguf = 10000;
  constexpr std::string_view kRms = "attention.layer_norm_rms_epsilon",
                             kLayer = "attention.layer_norm_epsilon";
  const std::string_view epsilon = spec.norm.kind == backend::NormKind::Rms ? kRms : kLayer;
  if (!out.has(epsilon)) out.real(epsilon, static_cast<double>(spec.norm.epsilon));
  // Some folders' layers run more than once; a GGUF file has each run.
  out.integer("block_count", std::ssize(spec.layers));
  const auto* dense = std::get_if<DenseFfnSpec>(&spec.layers.front().ffn);
  if (dense != nullptr && !out.has("feed_forward_length")) {
    out.integer("feed_forward_length", dense->shape.size);
  }
  if (!out.has("context_length")) out.integer("context_length", spec.context_length);
  const bool states_base = folder.has({"", kRopeBase.hugging_face});
  if (!spec.ropes.empty() && !states_base && spec.ropes.front().base != kBaseOfGguf &&
      !lacks_key(form, kRopeBase.gguf)) {
    out.real(kRopeBase.gguf, spec.ropes.front().base);
  }
}

// How experts are scored, as GGUF numbers it.
void add_expert_scores(const HyperParameters& folder, KeyWriter& out) {
  constexpr Key kScores{"", "scoring_func|score_function|score_func"};
  const auto stated = folder.text(kScores);
  if (stated == "softmax") out.integer("expert_gating_func", 1);
  if (stated == "sigmoid") out.integer("expert_gating_func", 2);
}

// Numbers that folders have as a tensor in every layer.
void add_listed_numbers(const HyperParameters& folder, TensorNames names, const ModelSpec& spec,
                        KeyWriter out) {
  for (const ListedNumber& number : listed_numbers()) {
    std::vector<double> values;
    for (std::int64_t layer = 0; layer < std::ssize(spec.layers); ++layer) {
      const auto* entry = names.find(folder.file(), number.role, Part::Weight, layer);
      if (entry == nullptr || entry->tensor.shape.element_count() != 1) break;
      float value = 0;
      quant_format(entry->tensor.type).decode(entry->tensor.data, &value, 1);
      values.push_back(static_cast<double>(value));
    }
    if (values.size() == spec.layers.size()) out.reals(number.key, std::move(values));
  }
}

// Every model_type that has a form.
std::string convertible_types() {
  std::string names;
  for (const Family& family : families()) {
    for (const GgufForm& form : family.gguf_forms) {
      const std::string_view type = form.model_type.empty() ? family.name : form.model_type;
      if (!names.empty()) names += ", ";
      names += type;
    }
  }
  return names;
}

}  // namespace

formats::Metadata gguf_metadata(const FormChoice& choice, const formats::TensorFile& folder) {
  const auto& [family, form] = choice;
  const HyperParameters parameters(folder, TensorNames(family.tensor_names));
  const ModelSpec spec = read_spec(family, folder);
  formats::Metadata metadata(folder.name());
  KeyWriter(metadata, "general.").text("architecture", form.architecture);
  KeyWriter out(metadata, std::string(form.architecture) + ".");
  for (const SharedKey& shared : common_keys()) {
    if (!has_own_key(form, shared.key.gguf)) copy(parameters, shared, out);
  }
  if (!lacks_key(form, "expert_gating_func")) add_expert_scores(parameters, out);
  if (!lacks_key(form, "rope.scaling.type")) add_rope_scaling(parameters, spec, out);
  for (const SharedKey& shared : form.keys) copy(parameters, shared, out);
  state_heads(spec, form, out);
  state_conventions(parameters, spec, form, out);
  if (form.add != nullptr) form.add(parameters, spec, out);
  add_listed_numbers(parameters, TensorNames(family.tensor_names), spec, KeyWriter(metadata, ""));
  return metadata;
}

FormChoice form_of_folder(const formats::TensorFile& folder) {
  constexpr Key kType{"", "model_type"};
  const Family& family = family_of(folder);
  const HyperParameters parameters(folder, TensorNames(family.tensor_names));
  const auto type = parameters.text(kType);
  for (const GgufForm& form : family.gguf_forms) {
    const bool is_of_type = form.model_type.empty() || form.model_type == type;
    if (is_of_type && (form.fits == nullptr || form.fits(parameters))) return {family, form};
  }
  throw Error(ErrorCode::Unsupported,
              format("{}: {} models have no GGUF form; run the folder as it is. Folders that are "
                     "converted: {}",
                     folder.name(), type.value_or(family.name), convertible_types()));
}

}  // namespace bantam::model
