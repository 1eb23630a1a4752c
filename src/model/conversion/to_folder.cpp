// GGUF metadata to config.json.
#include <array>
#include <optional>

#include "base/error.h"
#include "base/format.h"
#include "model/conversion/common_keys.h"
#include "model/conversion/metadata.h"

namespace bantam::model {
namespace {

using formats::GgufType;

void copy_back(const HyperParameters& gguf, const SharedKey& shared, KeyWriter& out) {
  const Key key{shared.key.gguf, ""};
  const std::string_view names = shared.key.hugging_face;
  const std::string_view name = names.substr(0, names.find('|'));
  if (name.empty() || !gguf.has(key) || out.has(name)) return;
  const auto& value = gguf.metadata().entries().find(gguf.name(key))->second.value;
  if (formats::is_array(value)) return;  // one for each layer: for the family to restore
  switch (shared.type) {
    case GgufType::F32:
      out.real(name, *gguf.real(key));
      return;
    case GgufType::Bool:
      out.boolean(name, *gguf.boolean(key));
      return;
    case GgufType::Text:
      out.text(name, *gguf.text(key));
      return;
    default:
      const std::int64_t number = *gguf.integer(key, {0, UINT32_MAX});
      if (number == 0 && name == "sliding_window") return;  // GGUF's way to say that there is none
      out.integer(name, number);
  }
}

kernels::Activation activation_of(const ModelSpec& spec) {
  const FfnSpec& ffn = spec.layers.front().ffn;
  if (const auto* dense = std::get_if<DenseFfnSpec>(&ffn)) return dense->shape.activation;
  return std::get<MixtureFfnSpec>(ffn).expert.activation;
}

void restore_token_ids(const HyperParameters& gguf, KeyWriter& out) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kIds{
      {{"tokenizer.ggml.bos_token_id", "bos_token_id"},
       {"tokenizer.ggml.eos_token_id", "eos_token_id"},
       {"tokenizer.ggml.padding_token_id", "pad_token_id"}}};
  for (const auto& [from, to] : kIds) {
    if (const auto id = gguf.metadata().integer(from, 0, INT32_MAX)) out.integer(to, *id);
  }
}

void restore_common(const HyperParameters& gguf, const GgufForm& form, const ModelSpec& spec,
                    KeyWriter& out) {
  for (const SharedKey& shared : common_keys()) {
    const bool is_base = shared.key.gguf == kRopeBase.gguf && form.has_rope_parameters;
    if (!is_base && !has_own_key(form, shared.key.gguf)) copy_back(gguf, shared, out);
  }
  out.integer("vocab_size", spec.vocabulary_size);
  out.boolean("tie_word_embeddings", spec.has_tied_output);
  const std::string_view activation = activation_name(activation_of(spec));
  const bool is_stated = out.has("activation_function") || out.has("hidden_activation");
  if (!activation.empty() && !is_stated && !out.has("hidden_act")) {
    out.text("hidden_act", activation);
  }
  restore_rope(gguf, form, spec, out);
  restore_token_ids(gguf, out);
}

}  // namespace

formats::Metadata folder_metadata(const FormChoice& choice, const formats::TensorFile& gguf,
                                  std::string_view dtype) {
  const auto& [family, form] = choice;
  const HyperParameters parameters(gguf, TensorNames(family.tensor_names));
  const ModelSpec spec = read_spec(family_of(gguf), gguf);
  formats::Metadata metadata(gguf.name());
  KeyWriter out(metadata, "");
  const std::string class_name(form.class_name);
  out.texts("architectures", std::span(&class_name, 1));
  out.text("model_type", form.model_type);
  out.text("torch_dtype", dtype);
  if (form.restore != nullptr) form.restore(parameters, spec, out);
  for (const SharedKey& shared : form.keys) copy_back(parameters, shared, out);
  restore_common(parameters, form, spec, out);
  return metadata;
}

FormChoice form_of_gguf(const formats::TensorFile& gguf) {
  const HyperParameters parameters(gguf, TensorNames(family_of(gguf).tensor_names));
  const std::string_view architecture = gguf.metadata().require_text("general.architecture");
  std::optional<FormChoice> unclaimed;
  for (const Family& family : families()) {
    for (const GgufForm& form : family.gguf_forms) {
      if (form.architecture != architecture || form.model_type.empty()) continue;
      if (form.claims != nullptr && form.claims(parameters)) return {family, form};
      if (form.claims == nullptr && !unclaimed) unclaimed.emplace(FormChoice{family, form});
    }
  }
  if (unclaimed) return *unclaimed;
  throw Error(
      ErrorCode::Unsupported,
      format("{}: GGUF files of {} cannot be written as a Hugging Face folder; run the file "
             "as it is",
             gguf.name(), architecture));
}

}  // namespace bantam::model
