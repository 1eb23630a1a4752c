// Reading a RopeSpec from the two kinds of files.
#include <cmath>

#include "base/error.h"
#include "base/format.h"
#include "model/rope.h"

namespace bantam::model {
namespace {

constexpr Key kContext{"context_length", "max_position_embeddings|n_positions|seq_length"};

// The keys of a rope, whose place in config.json has changed over time: Transformers 5 writes
// rope_parameters, one for each type of layer where they differ; earlier versions rope_scaling
// beside rope_theta.
class RopeKeys {
 public:
  RopeKeys(const HyperParameters& parameters, std::string_view layer_type)
      : parameters_(parameters) {
    if (parameters.is_gguf()) return;
    const std::string typed = format("rope_parameters.{}.", layer_type);
    if (!layer_type.empty() && has(typed)) {
      place_ = base_place_ = typed;
    } else if (has("rope_parameters.")) {
      place_ = base_place_ = "rope_parameters.";
    } else {
      place_ = "rope_scaling.";
    }
  }

  // `gguf` names as in "rope.scaling.factor"; `folder` as in "factor".
  std::string folder(std::string_view name) const { return place_ + std::string(name); }
  std::string base() const { return base_place_ + "rope_theta"; }
  std::string rotated_part() const { return base_place_ + "partial_rotary_factor"; }

 private:
  bool has(const std::string& place) const {
    return parameters_.has({"", place + "rope_type"}) ||
           parameters_.has({"", place + "rope_theta"});
  }

  const HyperParameters& parameters_;
  std::string place_;       // of the scaling
  std::string base_place_;  // of base and rotated part
};

void check_divisors(const HyperParameters& p, Key key, const std::vector<double>& divisors,
                    std::int64_t pairs) {
  if (static_cast<std::int64_t>(divisors.size()) != pairs) {
    p.fail(key, format("{} numbers", divisors.size()), format("{}, one a pair", pairs));
  }
  for (const double divisor : divisors) {
    if (!(divisor > 0 && divisor < 1e9)) p.fail(key, to_text(divisor), "divisors above 0");
  }
}

std::vector<float> read_divisors(const HyperParameters& p, Key key, std::int64_t pairs) {
  const std::vector<double> divisors = p.reals(key).value_or(std::vector<double>{});
  check_divisors(p, key, divisors, pairs);
  return {divisors.begin(), divisors.end()};
}

Llama3RopeScaling read_llama3(const HyperParameters& p, const RopeKeys& keys) {
  const std::string factor = keys.folder("factor"), low = keys.folder("low_freq_factor"),
                    high = keys.folder("high_freq_factor"),
                    original = keys.folder("original_max_position_embeddings");
  const Llama3RopeScaling scaling{
      .factor = p.require_positive({"", factor}),
      .low_frequency_factor = p.require_positive({"", low}),
      .high_frequency_factor = p.require_positive({"", high}),
      .original_context_length = p.require_integer({"", original}, kContextLength)};
  if (scaling.low_frequency_factor >= scaling.high_frequency_factor) {
    p.fail({"", low}, to_text(scaling.low_frequency_factor),
           format("less than high_freq_factor, {}", scaling.high_frequency_factor));
  }
  return scaling;
}

void read_yarn(const HyperParameters& p, const RopeConventions& conventions, const RopeKeys& keys,
               RopeSpec& spec) {
  const std::string factor = keys.folder("factor"), fast = keys.folder("beta_fast"),
                    slow = keys.folder("beta_slow"), truncate = keys.folder("truncate"),
                    attention = keys.folder("attention_factor"), scale = keys.folder("mscale"),
                    scale_all = keys.folder("mscale_all_dim"),
                    original = keys.folder("original_max_position_embeddings");
  YarnRopeScaling scaling;
  scaling.factor = p.require_positive({"rope.scaling.factor", factor});
  scaling.beta_fast = p.positive({"rope.scaling.yarn_beta_fast", fast}).value_or(32);
  scaling.beta_slow = p.positive({"rope.scaling.yarn_beta_slow", slow}).value_or(1);
  const Key rounds{"rope.scaling.yarn_truncate", truncate};
  scaling.is_range_rounded = p.boolean(rounds).value_or(conventions.rounds_yarn_range);
  if (!conventions.rounds_yarn_range) {
    p.note(rounds, "false", {"true", "whether YaRN blends between whole dimensions (truncate)"});
  }
  const Key length{"rope.scaling.original_context_length", original};
  scaling.original_context_length = p.has(length) ? p.require_integer(length, kContextLength)
                                                  : p.require_integer(kContext, kContextLength);
  spec.scaling = scaling;
  spec.magnitude = yarn_magnitude(scaling.factor, 1);
  const auto stated = p.positive({"rope.scaling.yarn_attn_factor", attention});
  const auto own = p.positive({"", scale}), all = p.positive({"", scale_all});
  if (stated) {
    spec.magnitude = *stated;
  } else if (own && all) {
    spec.magnitude = yarn_magnitude(scaling.factor, *own) / yarn_magnitude(scaling.factor, *all);
  } else if (p.is_gguf() && p.real({"rope.scaling.yarn_log_multiplier", ""}).value_or(0) != 0) {
    spec.magnitude = 1;  // such files have mscale equal to mscale_all_dim
  }
}

void read_long_rope(const HyperParameters& p, const RopeKeys& keys, RopeSpec& spec) {
  const std::string original = keys.folder("original_max_position_embeddings"),
                    attention = keys.folder("attention_factor"),
                    shorter = keys.folder("short_factor"), longer = keys.folder("long_factor");
  const std::string originals = original + "|original_max_position_embeddings";
  LongRopeScaling scaling;
  scaling.original_context_length =
      p.require_integer({"", originals}, {2, kContextLength.high});  // its logarithm divides
  scaling.short_divisors = read_divisors(p, {"", shorter}, spec.rotated_size / 2);
  scaling.long_divisors = read_divisors(p, {"", longer}, spec.rotated_size / 2);
  const auto length = static_cast<double>(scaling.original_context_length);
  const double stretch = static_cast<double>(p.require_integer(kContext, kContextLength)) / length;
  spec.magnitude = p.positive({"", attention}).value_or(long_rope_magnitude(stretch, length));
  spec.scaling = std::move(scaling);
}

// Frequencies of the whole head, of which only the first pairs turn.
void read_proportional(const HyperParameters& p, const RopeKeys& keys, std::int64_t head_size,
                       RopeSpec& spec) {
  const std::string factor = keys.folder("factor"), part = keys.rotated_part();
  if (head_size % 2 != 0) {
    p.fail({"", part}, format("heads of {} values", head_size), "heads of an even size");
  }
  spec.still_pairs = (head_size - spec.rotated_size) / 2;
  spec.rotated_size = head_size;
  if (const auto stated = p.positive({"", factor})) spec.scaling = LinearRopeScaling{*stated};
}

void read_folder_scaling(const HyperParameters& p, const RopeConventions& conventions,
                         const RopeKeys& keys, std::int64_t head_size, RopeSpec& spec) {
  // `type` is the oldest name of rope_type.
  const std::string names = keys.folder("rope_type") + "|" + keys.folder("type");
  const std::string factor = keys.folder("factor"), alpha = keys.folder("alpha");
  const std::string_view type = p.text({"", names}).value_or("default");
  if (type == "default") return;
  if (type == "linear") {
    spec.scaling = LinearRopeScaling{p.require_positive({"", factor})};
  } else if (type == "dynamic" && p.has({"", alpha})) {
    // A larger base once for all, whatever the length (Hunyuan).
    const auto size = static_cast<double>(spec.rotated_size);
    spec.base *= std::pow(p.require_positive({"", alpha}), size / (size - 2));
  } else if (type == "llama3") {
    spec.scaling = read_llama3(p, keys);
  } else if (type == "yarn") {
    read_yarn(p, conventions, keys, spec);
  } else if (type == "longrope" || type == "su") {
    read_long_rope(p, keys, spec);
  } else if (type == "proportional") {
    read_proportional(p, keys, head_size, spec);
  } else {
    p.fail_unsupported({"", names}, quoted(type),
                       "default, linear, llama3, yarn, longrope, proportional, dynamic with alpha");
  }
}

std::vector<float> divisors_of(const HyperParameters& p, Role role, std::int64_t pairs) {
  const formats::TensorEntry* entry = TensorNames().find(p.file(), role);
  if (entry->tensor.type != DType::F32 || entry->tensor.shape != Shape{pairs}) {
    throw Error(
        ErrorCode::BadFile,
        format("{}: tensor {}: expected F32 {}, found {} {}", entry->file, entry->name,
               to_text(Shape{pairs}), type_name(entry->tensor.type), to_text(entry->tensor.shape)));
  }
  const float* values = entry->tensor.floats();
  std::vector<float> divisors(values, values + pairs);
  for (const float divisor : divisors) {
    if (std::isfinite(divisor) && divisor > 0) continue;
    throw Error(ErrorCode::BadFile, format("{}: tensor {}: found {}, expected divisors above 0",
                                           entry->file, entry->name, divisor));
  }
  return divisors;
}

void read_gguf_scaling(const HyperParameters& p, const RopeConventions& conventions,
                       const RopeKeys& keys, RopeSpec& spec) {
  constexpr Key kType{"rope.scaling.type", ""}, kFactor{"rope.scaling.factor", ""},
      kOldFactor{"rope.scale_linear", ""}, kOriginal{"rope.scaling.original_context_length", ""},
      kMagnitude{"rope.scaling.attn_factor", ""};
  if (p.has_tensor(Role::RopeLongDivisors) && p.has_tensor(Role::RopeShortDivisors)) {
    spec.scaling = LongRopeScaling{
        .short_divisors = divisors_of(p, Role::RopeShortDivisors, spec.rotated_size / 2),
        .long_divisors = divisors_of(p, Role::RopeLongDivisors, spec.rotated_size / 2),
        .original_context_length = p.require_integer(kOriginal, kContextLength)};
    const auto& scaling = std::get<LongRopeScaling>(spec.scaling);
    const auto length = static_cast<double>(scaling.original_context_length);
    const double stretch =
        static_cast<double>(p.require_integer(kContext, kContextLength)) / length;
    const Doubt doubt{to_text(long_rope_magnitude(stretch, length)),
                      "LongRoPE's factor on cosines and sines, of the stretched context"};
    spec.magnitude = p.positive(kMagnitude).value_or(p.assume(kMagnitude, 1.0, doubt));
    return;
  }
  // A factor alone means linear scaling.
  const Key factor = p.has(kFactor) ? kFactor : kOldFactor;
  const std::string_view type = p.text(kType).value_or(p.has(factor) ? "linear" : "none");
  if (type == "none" || type == "llama3") return;  // Llama 3 divisors are a tensor, rope_freqs
  if (type == "linear") {
    spec.scaling = LinearRopeScaling{p.require_positive(factor)};
  } else if (type == "yarn") {
    read_yarn(p, conventions, keys, spec);
  } else {
    p.fail_unsupported(kType, quoted(type), "none, linear, llama3, yarn");
  }
}

}  // namespace

RopeSpec read_rope(const HyperParameters& p, const RopeConventions& conventions,
                   std::int64_t head_size, std::string_view layer_type) {
  const RopeKeys keys(p, layer_type);
  const std::string base = keys.base(), part = keys.rotated_part();
  const std::string bases = base + "|rotary_emb_base|rope_embedding_base";
  const std::string parts = part + "|partial_rotary_factor|rotary_pct|rope_pct|rope_percent";
  const Key count{"rope.dimension_count", ""}, rotated{"", parts};
  RopeSpec spec;
  spec.pairs = p.is_gguf() ? conventions.gguf_pairs : conventions.hugging_face_pairs;
  const Key base_key{"rope.freq_base", bases};
  spec.base = p.positive(base_key).value_or(conventions.base);
  if (conventions.other_base != 0) {
    p.note(base_key, to_text(spec.base),
           {to_text(conventions.other_base),
            "the base of the rotation; models of this family differ"});
  }
  if (p.is_gguf()) {
    spec.rotated_size = p.integer(count, kHeadSize).value_or(head_size);
    const auto usual =
        static_cast<std::int64_t>(conventions.rotated_part * static_cast<double>(head_size));
    p.note(count, to_text(head_size),
           {to_text(usual), "values of a head that rotate; a part of them in published models"});
  } else {
    const double fraction = p.positive(rotated).value_or(conventions.rotated_part);
    if (fraction > 1) p.fail(rotated, to_text(fraction), "at most 1");
    spec.rotated_size = static_cast<std::int64_t>(fraction * static_cast<double>(head_size));
  }
  if (spec.rotated_size > head_size || spec.rotated_size % 2 != 0 || spec.rotated_size < 2) {
    p.fail(p.is_gguf() ? count : rotated, format("{} rotated values", spec.rotated_size),
           format("an even number up to the head size {}", head_size));
  }
  if (p.is_gguf()) {
    read_gguf_scaling(p, conventions, keys, spec);
  } else {
    read_folder_scaling(p, conventions, keys, head_size, spec);
  }
  return spec;
}

RopeSpec read_sliding_rope(const HyperParameters& p, const RopeConventions& conventions,
                           std::int64_t head_size) {
  constexpr Key kBase{"rope.freq_base_swa", "rope_local_base_freq"},
      kCount{"rope.dimension_count_swa", ""};
  constexpr Key kOwn{"", "rope_parameters.sliding_attention.rope_theta"};
  if (p.has(kOwn)) return read_rope(p, conventions, head_size, "sliding_attention");
  RopeSpec spec;
  spec.pairs = p.is_gguf() ? conventions.gguf_pairs : conventions.hugging_face_pairs;
  spec.rotated_size = p.integer(kCount, kHeadSize).value_or(head_size);
  spec.base = p.positive(kBase).value_or(10000);
  spec.takes_divisors = false;
  if (spec.rotated_size > head_size || spec.rotated_size % 2 != 0) {
    p.fail(p.is_gguf() ? kCount : Key{"", "head_dim"},
           format("{} rotated values", spec.rotated_size),
           format("an even number up to the head size {}", head_size));
  }
  return spec;
}

}  // namespace bantam::model
