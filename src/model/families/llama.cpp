#include "model/families/llama.h"

#include <cmath>

#include "base/error.h"
#include "base/format.h"
#include "model/hyper_parameters.h"
#include "model/tensor_names.h"

namespace bantam::model {
namespace {

using formats::Metadata;
using formats::TensorFile;

// The numbers of a Llama, wherever they were read.
struct LlamaShape {
  std::int64_t layer_count, head_count, kv_head_count, head_size, ffn_size;
  RopeSpec rope;
  bool has_input_bias = false, has_output_bias = false, has_ffn_bias = false;
};

std::int64_t integer(const Metadata& metadata, std::string_view key, Range range) {
  return metadata.require_integer(key, range.low, range.high);
}

std::int64_t integer_or(const Metadata& metadata, std::string_view key, Range range,
                        std::int64_t otherwise) {
  return metadata.integer(key, range.low, range.high).value_or(otherwise);
}

// A number above 0 that a float can hold.
double positive(const Metadata& metadata, std::string_view key, double value) {
  constexpr double kLow = 1e-30, kHigh = 1e30;
  if (!(value >= kLow && value <= kHigh)) {
    metadata.fail(key, to_text(value), "a number from 1e-30 to 1e30");
  }
  return value;
}

double positive(const Metadata& metadata, std::string_view key) {
  return positive(metadata, key, metadata.require_real(key));
}

float norm_epsilon(const Metadata& metadata, std::string_view key, double value) {
  return static_cast<float>(positive(metadata, key, value));
}

// Where head_size is not stated it is hidden_size / heads, which must then come out even.
std::int64_t derived_head_size(const Metadata& metadata, std::string_view key, std::int64_t hidden,
                               std::int64_t heads) {
  if (hidden % heads != 0) {
    metadata.fail(key, to_text(heads), format("a divisor of the hidden size {}", hidden));
  }
  const std::int64_t size = hidden / heads;
  if (size > kHeadSize.high) {
    metadata.fail(key, to_text(heads),
                  format("heads of at most {} values, these have {}", kHeadSize.high, size));
  }
  return size;
}

void add_layers(ModelSpec& spec, const LlamaShape& shape) {
  spec.ropes.push_back(shape.rope);
  const AttentionSpec attention{
      .head_count = shape.head_count,
      .kv_head_count = shape.kv_head_count,
      .head_size = shape.head_size,
      .scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(shape.head_size))),
      .rope = 0,
      .has_input_bias = shape.has_input_bias,
      .has_output_bias = shape.has_output_bias};
  const GatedFfnSpec ffn{.size = shape.ffn_size, .has_bias = shape.has_ffn_bias};
  spec.layers.assign(static_cast<std::size_t>(shape.layer_count), LayerSpec{attention, ffn});
}

void check_heads(const Metadata& metadata, std::string_view key, const LlamaShape& shape) {
  if (shape.head_count % shape.kv_head_count != 0) {
    metadata.fail(key, to_text(shape.kv_head_count),
                  format("a divisor of the {} query heads", shape.head_count));
  }
  if (shape.head_size % 2 != 0) {
    metadata.fail(key, format("{} heads of {} values", shape.head_count, shape.head_size),
                  "heads of an even number of values, for rotation");
  }
}

RopeScaling gguf_rope_scaling(const Metadata& metadata) {
  constexpr std::string_view kType = "llama.rope.scaling.type";
  constexpr std::string_view kFactor = "llama.rope.scaling.factor";
  constexpr std::string_view kOldFactor = "llama.rope.scale_linear";
  // A factor alone means linear scaling.
  const std::string_view factor = metadata.contains(kFactor) ? kFactor : kOldFactor;
  const std::string_view implied = metadata.contains(factor) ? "linear" : "none";
  const std::string_view type = metadata.text(kType).value_or(implied);
  if (type == "none" || type == "llama3") return {};  // Llama 3 divisors are a tensor, rope_freqs
  if (type == "linear") return LinearRopeScaling{positive(metadata, factor)};
  throw Error(ErrorCode::Unsupported,
              format("{}: llama.rope.scaling.type: found {}, supported: none, linear, llama3",
                     metadata.file(), quoted(type)));
}

ModelSpec from_gguf(const TensorFile& file) {
  const Metadata& metadata = file.metadata();
  if (metadata.integer("llama.expert_count", 0, 1024).value_or(0) > 0) {
    throw Error(
        ErrorCode::Unsupported,
        format("{}: llama.expert_count: mixtures of experts are not supported", file.name()));
  }
  ModelSpec spec;
  spec.name = metadata.text("general.name").value_or("");
  spec.hidden_size = integer(metadata, "llama.embedding_length", kHiddenSize);
  spec.context_length = integer(metadata, "llama.context_length", kContextLength);
  constexpr std::string_view kEpsilon = "llama.attention.layer_norm_rms_epsilon";
  spec.norm_epsilon = norm_epsilon(metadata, kEpsilon, metadata.require_real(kEpsilon));
  const auto* embedding = file.find(tensor_name(file.format(), Role::TokenEmbedding, Part::Weight));
  const std::int64_t rows = embedding != nullptr ? embedding->tensor.shape.rows() : 0;
  spec.vocabulary_size = integer_or(metadata, "llama.vocab_size", kVocabularySize, rows);
  if (spec.vocabulary_size < kVocabularySize.low || spec.vocabulary_size > kVocabularySize.high) {
    metadata.fail("llama.vocab_size", to_text(spec.vocabulary_size),
                  format("{} to {}", kVocabularySize.low, kVocabularySize.high));
  }
  spec.has_tied_output =
      file.find(tensor_name(file.format(), Role::Output, Part::Weight)) == nullptr;

  LlamaShape shape{};
  shape.layer_count = integer(metadata, "llama.block_count", kLayerCount);
  shape.head_count = integer(metadata, "llama.attention.head_count", kHeadCount);
  shape.kv_head_count =
      integer_or(metadata, "llama.attention.head_count_kv", kHeadCount, shape.head_count);
  const auto stated = metadata.integer("llama.attention.key_length", kHeadSize.low, kHeadSize.high);
  shape.head_size = stated ? *stated
                           : derived_head_size(metadata, "llama.attention.head_count",
                                               spec.hidden_size, shape.head_count);
  shape.ffn_size = integer(metadata, "llama.feed_forward_length", kFfnSize);
  check_heads(metadata, "llama.attention.head_count_kv", shape);
  shape.rope.pairs = backend::RopePairs::Neighbours;  // GGUF permutes the rows of query and key
  shape.rope.rotated_size =
      integer_or(metadata, "llama.rope.dimension_count", kHeadSize, shape.head_size);
  if (shape.rope.rotated_size > shape.head_size || shape.rope.rotated_size % 2 != 0) {
    metadata.fail("llama.rope.dimension_count", to_text(shape.rope.rotated_size),
                  format("an even number up to the head size {}", shape.head_size));
  }
  constexpr std::string_view kBase = "llama.rope.freq_base";
  shape.rope.base = positive(metadata, kBase, metadata.real(kBase).value_or(10000));
  shape.rope.scaling = gguf_rope_scaling(metadata);
  const auto has_bias = [&](Role role) {
    return file.find(tensor_name(file.format(), role, Part::Bias, 0)) != nullptr;
  };
  shape.has_input_bias = has_bias(Role::Query);
  shape.has_output_bias = has_bias(Role::AttentionOutput);
  shape.has_ffn_bias = has_bias(Role::FfnGate);
  add_layers(spec, shape);
  return spec;
}

// Transformers 5 writes rope_parameters, earlier versions rope_scaling beside rope_theta; `type` is
// the oldest name of rope_type.
RopeScaling hugging_face_rope_scaling(const Metadata& metadata, std::string_view prefix) {
  const auto key = [&](std::string_view name) { return format("{}.{}", prefix, name); };
  const std::string_view type =
      metadata.text(key("rope_type")).value_or(metadata.text(key("type")).value_or("default"));
  if (type == "default") return {};
  if (type == "linear") return LinearRopeScaling{positive(metadata, key("factor"))};
  if (type == "llama3") {
    const Llama3RopeScaling scaling{
        .factor = positive(metadata, key("factor")),
        .low_frequency_factor = positive(metadata, key("low_freq_factor")),
        .high_frequency_factor = positive(metadata, key("high_freq_factor")),
        .original_context_length =
            integer(metadata, key("original_max_position_embeddings"), kContextLength)};
    if (scaling.low_frequency_factor >= scaling.high_frequency_factor) {
      metadata.fail(key("low_freq_factor"), to_text(scaling.low_frequency_factor),
                    format("less than high_freq_factor, {}", scaling.high_frequency_factor));
    }
    return scaling;
  }
  throw Error(ErrorCode::Unsupported, format("{}: {}: found {}, supported: default, linear, llama3",
                                             metadata.file(), key("rope_type"), quoted(type)));
}

ModelSpec from_hugging_face(const TensorFile& file) {
  const Metadata& metadata = file.metadata();
  if (const auto method = metadata.text("quantization_config.quant_method")) {
    throw Error(
        ErrorCode::Unsupported,
        format(
            "{}: quantization_config.quant_method: found {}, expected an unquantized folder; use "
            "the original model or a GGUF file",
            metadata.file(), quoted(*method)));
  }
  const std::string_view activation = metadata.text("hidden_act").value_or("silu");
  if (activation != "silu") {
    throw Error(ErrorCode::Unsupported, format("{}: hidden_act: found {}, supported: silu",
                                               metadata.file(), quoted(activation)));
  }
  ModelSpec spec;
  spec.name = metadata.text("_name_or_path").value_or("");
  spec.vocabulary_size = integer(metadata, "vocab_size", kVocabularySize);
  spec.hidden_size = integer(metadata, "hidden_size", kHiddenSize);
  spec.context_length = integer_or(metadata, "max_position_embeddings", kContextLength, 2048);
  spec.norm_epsilon =
      norm_epsilon(metadata, "rms_norm_eps", metadata.real("rms_norm_eps").value_or(1e-6));
  spec.has_tied_output = metadata.boolean("tie_word_embeddings").value_or(false);

  LlamaShape shape{};
  shape.layer_count = integer(metadata, "num_hidden_layers", kLayerCount);
  shape.head_count = integer(metadata, "num_attention_heads", kHeadCount);
  shape.kv_head_count = integer_or(metadata, "num_key_value_heads", kHeadCount, shape.head_count);
  const auto stated = metadata.integer("head_dim", kHeadSize.low, kHeadSize.high);
  shape.head_size = stated ? *stated
                           : derived_head_size(metadata, "num_attention_heads", spec.hidden_size,
                                               shape.head_count);
  shape.ffn_size = integer(metadata, "intermediate_size", kFfnSize);
  check_heads(metadata, "num_key_value_heads", shape);
  const bool has_new_style = metadata.contains("rope_parameters.rope_theta") ||
                             metadata.contains("rope_parameters.rope_type");
  const std::string_view base = has_new_style ? "rope_parameters.rope_theta" : "rope_theta";
  shape.rope = {.pairs = backend::RopePairs::Halves,
                .rotated_size = shape.head_size,
                .base = positive(metadata, base, metadata.real(base).value_or(10000)),
                .scaling = hugging_face_rope_scaling(
                    metadata, has_new_style ? "rope_parameters" : "rope_scaling")};
  shape.has_input_bias = metadata.boolean("attention_bias").value_or(false);
  shape.has_output_bias = shape.has_input_bias;
  shape.has_ffn_bias = metadata.boolean("mlp_bias").value_or(false);
  add_layers(spec, shape);
  return spec;
}

constexpr std::string_view kArchitectures[] = {"llama"};

}  // namespace

Family llama_family() {
  return {.name = "llama",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kArchitectures,
          .from_gguf = from_gguf,
          .from_hugging_face = from_hugging_face};
}

}  // namespace bantam::model
