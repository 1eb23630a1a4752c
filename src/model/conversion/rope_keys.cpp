// Rope scaling as GGUF keys, and back.
#include <cmath>
#include <type_traits>

#include "model/conversion/common_keys.h"
#include "model/conversion/rope_divisors.h"
#include "model/rope.h"

namespace bantam::model {
namespace {

void add(const HyperParameters&, std::monostate, KeyWriter&) {}
void add(const HyperParameters&, const Llama3RopeScaling&, KeyWriter&) {}  // a tensor

void add(const HyperParameters&, const LinearRopeScaling& scaling, KeyWriter& out) {
  out.text("rope.scaling.type", "linear");
  out.real("rope.scaling.factor", scaling.factor);
}

// A number that is written only where the folder states it: readers have the same default.
void copy_stated(const HyperParameters& folder, std::string_view gguf, std::string_view names,
                 KeyWriter& out) {
  if (const auto value = folder.real({"", names})) out.real(gguf, *value);
}

void add(const HyperParameters& folder, const YarnRopeScaling& scaling, KeyWriter& out) {
  out.text("rope.scaling.type", "yarn");
  out.real("rope.scaling.factor", scaling.factor);
  out.integer("rope.scaling.original_context_length", scaling.original_context_length);
  copy_stated(folder, "rope.scaling.yarn_attn_factor",
              "rope_parameters.full_attention.attention_factor|rope_parameters.attention_factor|"
              "rope_scaling.attention_factor",
              out);
  copy_stated(folder, "rope.scaling.yarn_beta_fast",
              "rope_parameters.full_attention.beta_fast|rope_parameters.beta_fast|"
              "rope_scaling.beta_fast",
              out);
  copy_stated(folder, "rope.scaling.yarn_beta_slow",
              "rope_parameters.full_attention.beta_slow|rope_parameters.beta_slow|"
              "rope_scaling.beta_slow",
              out);
}

void add(const HyperParameters&, const LongRopeScaling& scaling, KeyWriter& out) {
  out.text("rope.scaling.type", "longrope");
  out.integer("rope.scaling.original_context_length", scaling.original_context_length);
}

// What follows writes into rope_scaling, or rope_parameters.

void restore(const HyperParameters&, const RopeSpec&, std::monostate, KeyWriter&) {}

void restore(const HyperParameters&, const RopeSpec&, const LinearRopeScaling& scaling,
             KeyWriter& out) {
  out.text("rope_type", "linear");
  out.real("factor", scaling.factor);
}

void restore(const HyperParameters&, const RopeSpec&, const Llama3RopeScaling& scaling,
             KeyWriter& out) {
  out.text("rope_type", "llama3");
  out.real("factor", scaling.factor);
  out.real("low_freq_factor", scaling.low_frequency_factor);
  out.real("high_freq_factor", scaling.high_frequency_factor);
  out.integer("original_max_position_embeddings", scaling.original_context_length);
}

void restore(const HyperParameters& gguf, const RopeSpec& rope, const YarnRopeScaling& scaling,
             KeyWriter& out) {
  out.text("rope_type", "yarn");
  out.real("factor", scaling.factor);
  out.integer("original_max_position_embeddings", scaling.original_context_length);
  if (gguf.has({"rope.scaling.yarn_attn_factor", ""})) {
    out.real("attention_factor", rope.magnitude);
  }
  out.real("beta_fast", scaling.beta_fast);
  out.real("beta_slow", scaling.beta_slow);
  if (!scaling.is_range_rounded) out.boolean("truncate", false);
}

// Phi-3 insists on these three keys, with the original length beside their object.
void restore(const HyperParameters& gguf, const RopeSpec& rope, const LongRopeScaling& scaling,
             KeyWriter& out) {
  const auto& shorter = scaling.short_divisors;
  const auto& longer = scaling.long_divisors;
  out.text("type", "longrope");
  out.reals("short_factor", {shorter.begin(), shorter.end()});
  out.reals("long_factor", {longer.begin(), longer.end()});
  const auto context =
      static_cast<double>(gguf.require_integer({"context_length", ""}, kContextLength));
  const auto original = static_cast<double>(scaling.original_context_length);
  constexpr double kTolerance = 1e-6;  // of a number in single precision
  if (std::abs(rope.magnitude - long_rope_magnitude(context / original, original)) > kTolerance) {
    out.real("attention_factor", rope.magnitude);
  }
}

// Divisors that no published rule gives are LongRoPE's, the same at every length.
RopeScaling scaling_of_divisors(const RopeSpec& rope, std::span<const float> divisors,
                                std::int64_t context_length) {
  if (const auto found = find_llama3_scaling(rope, divisors)) return *found;
  return LongRopeScaling{.short_divisors = {divisors.begin(), divisors.end()},
                         .long_divisors = {divisors.begin(), divisors.end()},
                         .original_context_length = context_length};
}

std::int64_t head_size_of(const ModelSpec& spec) {
  for (const LayerSpec& layer : spec.layers) {
    if (const auto* attention = std::get_if<AttentionSpec>(&layer.mixer)) {
      return attention->head_size;
    }
  }
  return 0;
}

}  // namespace

void add_rope_scaling(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  if (spec.ropes.empty()) return;
  std::visit([&](const auto& scaling) { add(folder, scaling, out); }, spec.ropes.front().scaling);
}

void restore_rope(const HyperParameters& gguf, const GgufForm& form, const ModelSpec& spec,
                  KeyWriter& out) {
  if (spec.ropes.empty()) return;
  if (out.has("rope_parameters.full_attention.rope_type")) return;  // by the family
  const RopeSpec& rope = spec.ropes.front();
  KeyWriter rotation = form.has_rope_parameters ? out.under("rope_parameters.") : out;
  if (!rotation.has("rope_theta")) rotation.real("rope_theta", rope.base);
  const std::int64_t head_size = head_size_of(spec);
  if (head_size > rope.rotated_size && !rotation.has("partial_rotary_factor")) {
    rotation.real("partial_rotary_factor",
                  static_cast<double>(rope.rotated_size) / static_cast<double>(head_size));
  }
  RopeScaling scaling = rope.scaling;
  const auto* divisors = TensorNames().find(gguf.file(), Role::RopeDivisors);
  if (divisors != nullptr && divisors->tensor.type == DType::F32) {
    const std::span<const float> values(
        divisors->tensor.floats(),
        static_cast<std::size_t>(divisors->tensor.shape.element_count()));
    scaling = scaling_of_divisors(rope, values, spec.context_length);
  }
  KeyWriter stretch = form.has_rope_parameters ? rotation : out.under("rope_scaling.");
  std::visit([&](const auto& stated) { restore(gguf, rope, stated, stretch); }, scaling);
  if (const auto* long_rope = std::get_if<LongRopeScaling>(&scaling)) {
    out.integer("original_max_position_embeddings", long_rope->original_context_length);
  }
  if (form.has_rope_parameters && !rotation.has("rope_type")) rotation.text("rope_type", "default");
}

}  // namespace bantam::model
