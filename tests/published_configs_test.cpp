// How published folders spell their networks, where that differs from the reference models.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "config_support.h"
#include "model/conversion/metadata.h"

namespace bantam {
namespace {

using model::AttentionSpec;
using model::ModelSpec;
using test::attention_of;
using test::folder_of;
using test::spec_of;

std::vector<bool> windows_of(const ModelSpec& spec) {
  std::vector<bool> windows;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    windows.push_back(attention_of(spec, i).window != model::kNoWindow);
  }
  return windows;
}

std::string ones(int count) {
  std::string text = "[1.0";
  for (int i = 1; i < count; ++i) text += ", 1.5";
  return text + "]";
}

TEST(PublishedConfig, Phi3CallsItsRopeScalingSu) {
  const ModelSpec spec =
      spec_of(R"({"model_type": "phi3", "hidden_size": 3072,
      "intermediate_size": 8192, "num_hidden_layers": 32, "num_attention_heads": 32,
      "num_key_value_heads": 32, "vocab_size": 32064, "max_position_embeddings": 131072,
      "original_max_position_embeddings": 4096, "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
      "attention_bias": false, "hidden_act": "silu", "sliding_window": 262144,
      "rope_scaling": {"long_factor": )" +
              ones(48) + R"(, "short_factor": )" + ones(48) + R"(, "type": "su"}})");
  const auto& scaling = std::get<model::LongRopeScaling>(spec.ropes.front().scaling);
  EXPECT_EQ(scaling.original_context_length, 4096);
  EXPECT_EQ(scaling.long_divisors.size(), 48u);
  EXPECT_DOUBLE_EQ(spec.ropes.front().magnitude, std::sqrt(1 + std::log(32) / std::log(4096)));
  EXPECT_EQ(attention_of(spec, 0).window, 262144);
}

// Only what differs from the defaults of the class is stated, and all of it inside text_config.
constexpr const char* kGemma3 = R"({"architectures": ["Gemma3ForConditionalGeneration"],
    "model_type": "gemma3", "mm_tokens_per_image": 256, "text_config": {"hidden_size": 2560,
    "intermediate_size": 10240, "model_type": "gemma3_text", "num_hidden_layers": 34,
    "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024},
    "vision_config": {"hidden_size": 1152, "num_hidden_layers": 27}})";

TEST(PublishedConfig, Gemma3WithPicturesLeavesMostToItsClass) {
  const formats::TensorFile file =
      folder_of(kGemma3, {{"language_model.model.embed_tokens.weight", Shape{262208, 2560}}});
  const ModelSpec spec = spec_of(file);
  EXPECT_EQ(spec.vocabulary_size, 262208);
  EXPECT_EQ(spec.hidden_size, 2560);
  EXPECT_TRUE(spec.has_tied_output);
  ASSERT_EQ(spec.layers.size(), 34u);
  const AttentionSpec& attention = attention_of(spec, 0);
  EXPECT_EQ(attention.head_count, 8);
  EXPECT_EQ(attention.kv_head_count, 4);
  EXPECT_EQ(attention.head_size, 256);
  EXPECT_EQ(attention.scale, 1.0f / 16);
  EXPECT_EQ(attention.window, 1024);
  EXPECT_EQ(attention_of(spec, 5).window, model::kNoWindow);
  EXPECT_EQ(std::get<model::LinearRopeScaling>(spec.ropes[0].scaling).factor, 8);
  EXPECT_EQ(spec.ropes[0].base, 1e6);
  EXPECT_EQ(spec.ropes[*attention.rope].base, 10000);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(spec.ropes[*attention.rope].scaling));
}

TEST(PublishedConfig, WhatGemma3LeavesToItsClassIsStatedInGguf) {
  const formats::TensorFile file =
      folder_of(kGemma3, {{"language_model.model.embed_tokens.weight", Shape{262208, 2560}}});
  const formats::Metadata made = model::gguf_metadata(model::form_of_folder(file), file);
  EXPECT_EQ(made.require_integer("gemma3.context_length", 0, INT32_MAX), 131072);
  EXPECT_EQ(made.require_integer("gemma3.attention.head_count", 0, 1000), 8);
  EXPECT_EQ(made.require_integer("gemma3.attention.head_count_kv", 0, 1000), 4);
  EXPECT_EQ(made.require_integer("gemma3.attention.key_length", 0, 1000), 256);
  EXPECT_EQ(made.require_integer("gemma3.attention.value_length", 0, 1000), 256);
}

// Networks that no reader of GGUF files computes.
TEST(PublishedConfig, SomeNetworksHaveNoGguf) {
  const std::string shape = R"("hidden_size": 64, "intermediate_size": 128,
      "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
      "vocab_size": 500, "max_position_embeddings": 512, "moe_intermediate_size": 32,
      "num_experts": 4, "num_local_experts": 4, "num_experts_per_tok": 2, )";
  for (const auto& [rest, key] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"("model_type": "qwen3_moe", "decoder_sparse_step": 2)", "decoder_sparse_step"},
           {R"("model_type": "qwen3_moe", "mlp_only_layers": [1])", "mlp_only_layers"},
           {R"("model_type": "gpt_oss", "attention_bias": false)", "attention_bias"}}) {
    const formats::TensorFile file = folder_of("{" + shape + rest + "}");
    try {
      model::gguf_metadata(model::form_of_folder(file), file);
      FAIL() << "made metadata of " << rest;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Unsupported);
      EXPECT_NE(std::string(error.what()).find(key), std::string::npos) << error.what();
    }
  }
}

TEST(PublishedConfig, Lfm3CanLeaveItsRopesToItsClass) {
  const ModelSpec spec = spec_of(R"({"model_type": "lfm3", "hidden_size": 2048,
      "intermediate_size": 7680, "num_hidden_layers": 5, "num_attention_heads": 16,
      "num_key_value_heads": 4, "sliding_window": 256, "vocab_size": 128000, "layer_types":
      ["conv", "conv", "full_attention", "conv", "sliding_attention"]})");
  const model::RopeSpec& full = spec.ropes[*attention_of(spec, 2).rope];
  EXPECT_EQ(full.base, 1e6);
  EXPECT_EQ(full.rotated_size, 128);
  EXPECT_EQ(full.still_pairs, 32);
  const model::RopeSpec& sliding = spec.ropes[*attention_of(spec, 4).rope];
  EXPECT_EQ(sliding.base, 10000);
  EXPECT_EQ(sliding.still_pairs, 0);
  EXPECT_EQ(attention_of(spec, 4).window, 256);
  EXPECT_EQ(std::get<model::ShortConvolutionSpec>(spec.layers[0].mixer).taps, 7);
}

// As the published folders of the small and the large Gemma 4 state it.
std::string gemma4(const std::string& rest) {
  return R"({"architectures": ["Gemma4ForConditionalGeneration"], "model_type": "gemma4",
      "text_config": {"model_type": "gemma4_text", "attention_bias": false,
      "attention_k_eq_v": false, "enable_moe_block": false, "final_logit_softcapping": 30.0,
      "global_head_dim": 512, "head_dim": 256, "hidden_activation": "gelu_pytorch_tanh",
      "hidden_size": 1536, "intermediate_size": 6144, "layer_types": ["sliding_attention",
      "full_attention", "sliding_attention", "full_attention", "sliding_attention",
      "full_attention"], "max_position_embeddings": 131072, "num_attention_heads": 8,
      "num_hidden_layers": 6, "num_key_value_heads": 4, "rms_norm_eps": 1e-06,
      "rope_parameters": {"full_attention": {"partial_rotary_factor": 0.25,
      "rope_theta": 1000000.0, "rope_type": "proportional"}, "sliding_attention":
      {"rope_theta": 10000.0, "rope_type": "default"}}, "sliding_window": 512,
      "tie_word_embeddings": true, "vocab_size": 262144, )" +
         rest + "}}";
}

TEST(PublishedConfig, Gemma3nListsWidthsAndHasRopesOfTheOldStyle) {
  const ModelSpec spec = spec_of(R"({"model_type": "gemma3n", "text_config":
      {"model_type": "gemma3n_text", "activation_sparsity_pattern": [0.95, 0.95, 0.0, 0.0, 0.0,
      0.0], "altup_active_idx": 0, "altup_coef_clip": 120.0, "altup_correct_scale": true,
      "altup_num_inputs": 4, "final_logit_softcapping": 30.0, "head_dim": 256, "hidden_activation":
      "gelu_pytorch_tanh", "hidden_size": 2048, "hidden_size_per_layer_input": 256,
      "intermediate_size": [8192, 8192, 16384, 16384, 16384, 16384], "laurel_rank": 64,
      "layer_types": ["sliding_attention", "sliding_attention", "full_attention",
      "sliding_attention", "sliding_attention", "full_attention"], "max_position_embeddings": 32768,
      "num_attention_heads": 8, "num_hidden_layers": 6, "num_key_value_heads": 2,
      "num_kv_shared_layers": 3, "rms_norm_eps": 1e-06, "rope_local_base_freq": 10000.0,
      "rope_scaling": null, "rope_theta": 1000000.0, "sliding_window": 512, "vocab_size": 262400,
      "vocab_size_per_layer_input": 262144}, "vision_config": {"hidden_size": 2048}})");
  const auto ffn = [&](std::size_t layer) {
    return std::get<model::DenseFfnSpec>(spec.layers[layer].ffn);
  };
  EXPECT_EQ(ffn(1).shape.size, 8192);
  EXPECT_EQ(ffn(2).shape.size, 16384);
  ASSERT_TRUE(ffn(1).gate_cutoff);
  EXPECT_FLOAT_EQ(*ffn(1).gate_cutoff, 1.6448535F);
  EXPECT_FALSE(ffn(2).gate_cutoff);
  EXPECT_EQ(attention_of(spec, 5).kv_layer, 2);
  EXPECT_EQ(attention_of(spec, 4).kv_layer, 1);
  EXPECT_EQ(spec.ropes[*attention_of(spec, 2).rope].base, 1e6);
  EXPECT_EQ(spec.ropes[*attention_of(spec, 0).rope].base, 1e4);
  EXPECT_EQ(spec.layer_inputs->vocabulary_size, 262144);
  EXPECT_EQ(spec.altup->stream_count, 4);
}

TEST(PublishedConfig, TheSmallGemma4SharesKeysAndWidensTheLayersThatDo) {
  const ModelSpec spec = spec_of(gemma4(R"("hidden_size_per_layer_input": 256,
      "num_global_key_value_heads": null, "num_kv_shared_layers": 3, "use_double_wide_mlp": true,
      "vocab_size_per_layer_input": 262144)"));
  EXPECT_EQ(attention_of(spec, 0).head_size, 256);
  EXPECT_EQ(attention_of(spec, 1).head_size, 512);
  EXPECT_EQ(attention_of(spec, 1).kv_head_count, 4);
  EXPECT_EQ(attention_of(spec, 2).kv_layer, std::nullopt);
  EXPECT_EQ(attention_of(spec, 3).kv_layer, 1);
  EXPECT_EQ(attention_of(spec, 4).kv_layer, 2);
  EXPECT_EQ(attention_of(spec, 5).kv_layer, 1);
  EXPECT_EQ(std::get<model::DenseFfnSpec>(spec.layers[2].ffn).shape.size, 6144);
  EXPECT_EQ(std::get<model::DenseFfnSpec>(spec.layers[3].ffn).shape.size, 12288);
  EXPECT_EQ(spec.ropes[0].rotated_size, 512);
  EXPECT_EQ(spec.ropes[1].rotated_size, 256);
  ASSERT_TRUE(spec.layer_inputs);
  EXPECT_EQ(spec.layer_inputs->size, 256);
}

TEST(PublishedConfig, TheLargeGemma4HasKeysForValuesInItsFullLayers) {
  std::string json = gemma4(R"("hidden_size_per_layer_input": 0, "num_global_key_value_heads": 2,
      "num_kv_shared_layers": 0, "use_double_wide_mlp": false)");
  const std::string off = R"("attention_k_eq_v": false)";
  json.replace(json.find(off), off.size(), R"("attention_k_eq_v": true)");
  const ModelSpec spec = spec_of(json);
  EXPECT_FALSE(spec.layer_inputs);
  EXPECT_FALSE(attention_of(spec, 0).has_keys_as_values);
  EXPECT_EQ(attention_of(spec, 0).kv_head_count, 4);
  EXPECT_TRUE(attention_of(spec, 1).has_keys_as_values);
  EXPECT_EQ(attention_of(spec, 1).kv_head_count, 2);
}

TEST(PublishedConfig, Gemma4WithExpertsIsRefusedByTheKeyThatSaysSo) {
  std::string json = gemma4(R"("num_experts": 128)");
  const std::string off = R"("enable_moe_block": false)";
  json.replace(json.find(off), off.size(), R"("enable_moe_block": true)");
  try {
    spec_of(json);
    FAIL() << "read a spec";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unsupported);
    EXPECT_NE(std::string(error.what()).find("enable_moe_block"), std::string::npos)
        << error.what();
  }
}

// Metadata of a GGUF file as its converter writes them.
formats::TensorFile gguf_of(const std::string& architecture, std::int64_t layers,
                            std::int64_t hidden, std::int64_t heads, std::int64_t head_size) {
  formats::Metadata metadata("model.gguf");
  const auto set = [&](const std::string& key, formats::MetadataValue value) {
    metadata.set(architecture + "." + key, {.value = std::move(value)});
  };
  metadata.set("general.architecture", {.value = metadata.store(architecture)});
  set("block_count", static_cast<std::uint64_t>(layers));
  set("embedding_length", static_cast<std::uint64_t>(hidden));
  set("feed_forward_length", std::uint64_t{1024});
  set("context_length", std::uint64_t{8192});
  set("vocab_size", std::uint64_t{256000});
  set("attention.head_count", static_cast<std::uint64_t>(heads));
  set("attention.key_length", static_cast<std::uint64_t>(head_size));
  set("attention.layer_norm_rms_epsilon", 1e-6);
  set("attention.sliding_window", std::uint64_t{4096});
  return {formats::SourceFormat::Gguf, std::move(metadata), {}, {}};
}

TEST(PublishedGguf, TheLargestGemmasScaleByTheWidthOfAHeadInTheHiddenState) {
  const auto scale = [](const formats::TensorFile& file) {
    return attention_of(spec_of(file), 0).scale;
  };
  EXPECT_FLOAT_EQ(scale(gguf_of("gemma2", 42, 3584, 16, 256)), 1 / 16.0f);
  EXPECT_FLOAT_EQ(scale(gguf_of("gemma2", 46, 4608, 32, 128)), 1 / 12.0f);
  EXPECT_FLOAT_EQ(scale(gguf_of("gemma3", 48, 3840, 16, 256)), 1 / 16.0f);
  EXPECT_FLOAT_EQ(scale(gguf_of("gemma3", 62, 5376, 32, 128)), 1 / std::sqrt(168.0f));
}

TEST(PublishedConfig, WithoutAVocabularyTheTableMustBeThere) {
  try {
    spec_of(std::string(kGemma3));
    FAIL() << "read a spec";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("text_config.vocab_size"), std::string::npos)
        << error.what();
  }
}

std::string qwen(const std::string& type, const std::string& windows) {
  return R"({"model_type": ")" + type + R"(", "hidden_size": 896, "intermediate_size": 4864,
      "num_hidden_layers": 4, "num_attention_heads": 14, "num_key_value_heads": 2,
      "vocab_size": 151936, "max_position_embeddings": 32768, "rms_norm_eps": 1e-06,
      "rope_theta": 1000000.0, "tie_word_embeddings": true, "hidden_act": "silu", )" +
         windows + "}";
}

TEST(PublishedConfig, QwenStatesWindowsThatItDoesNotUse) {
  for (const char* type : {"qwen2", "qwen3"}) {
    const ModelSpec spec = spec_of(
        qwen(type, R"("sliding_window": 32768, "use_sliding_window": false, "rope_scaling": null,
              "max_window_layers": 2)"));
    EXPECT_EQ(windows_of(spec), std::vector<bool>(4, false)) << type;
    EXPECT_TRUE(std::holds_alternative<std::monostate>(spec.ropes.front().scaling)) << type;
  }
}

TEST(PublishedConfig, QwenWindowsBeginAtALayer) {
  const std::vector<bool> late{false, false, true, true};
  for (const char* type : {"qwen2", "qwen3"}) {
    EXPECT_EQ(windows_of(spec_of(qwen(type, R"("sliding_window": 4096, "use_sliding_window": true,
                  "max_window_layers": 2)"))),
              late)
        << type;
    EXPECT_EQ(windows_of(spec_of(
                  qwen(type, R"("sliding_window": 4096, "use_sliding_window": true, "layer_types":
                  ["full_attention", "full_attention", "sliding_attention",
                  "sliding_attention"])"))),
              late)
        << type;
  }
}

TEST(PublishedConfig, QwenYarnIsNamedByType) {
  const ModelSpec spec = spec_of(qwen("qwen2", R"("rope_scaling": {"factor": 4.0,
      "original_max_position_embeddings": 32768, "type": "yarn"})"));
  const auto& scaling = std::get<model::YarnRopeScaling>(spec.ropes.front().scaling);
  EXPECT_EQ(scaling.factor, 4);
  EXPECT_EQ(scaling.original_context_length, 32768);
  EXPECT_DOUBLE_EQ(spec.ropes.front().magnitude, 1 + 0.1 * std::log(4.0));
}

std::string llama(const std::string& type, const std::string& rest) {
  return R"({"model_type": ")" + type + R"(", "hidden_size": 2048, "intermediate_size": 8192,
      "num_hidden_layers": 8, "num_attention_heads": 32, "num_key_value_heads": 8,
      "vocab_size": 128256, "max_position_embeddings": 131072, "rms_norm_eps": 1e-05,
      "rope_theta": 500000.0, "hidden_act": "silu", "attention_bias": false, "mlp_bias": false, )" +
         rest + "}";
}

TEST(PublishedConfig, MistralHasNullForNoWindowAndNoHeadSize) {
  const ModelSpec spec = spec_of(llama("mistral", R"("sliding_window": null, "head_dim": null,
                    "tie_word_embeddings": false)"));
  EXPECT_EQ(windows_of(spec), std::vector<bool>(8, false));
  EXPECT_EQ(attention_of(spec, 0).head_size, 64);
  EXPECT_FALSE(spec.has_tied_output);
}

TEST(PublishedConfig, Llama32IsTiedAndStretched) {
  const ModelSpec spec = spec_of(llama(
      "llama", R"("head_dim": 64, "tie_word_embeddings": true, "rope_scaling": {"factor": 32.0,
      "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192,
      "rope_type": "llama3"})"));
  EXPECT_TRUE(spec.has_tied_output);
  const auto& scaling = std::get<model::Llama3RopeScaling>(spec.ropes.front().scaling);
  EXPECT_EQ(scaling.factor, 32);
  EXPECT_EQ(scaling.original_context_length, 8192);
}

TEST(PublishedConfig, SmolLm3NamesTheLayersWithoutRotationTwice) {
  for (const char* rest :
       {R"("no_rope_layer_interval": 4, "no_rope_layers": [1, 1, 1, 0, 1, 1, 1, 0])",
        R"("no_rope_layer_interval": 4)", R"("sliding_window": null)"}) {
    const ModelSpec spec =
        spec_of(llama("smollm3", std::string(rest) + R"(, "use_sliding_window": false)"));
    for (std::size_t i = 0; i < 8; ++i) {
      EXPECT_EQ(attention_of(spec, i).rope.has_value(), i % 4 != 3) << rest;
    }
  }
}

TEST(PublishedConfig, HunyuanEnlargesTheBase) {
  const ModelSpec spec = spec_of(llama(
      "hunyuan_v1_dense", R"("head_dim": 128, "rope_scaling": {"alpha": 1000.0, "beta_fast": 32,
      "beta_slow": 1, "factor": 1.0, "mscale": 1.0, "mscale_all_dim": 0.0, "type": "dynamic"})"));
  EXPECT_DOUBLE_EQ(spec.ropes.front().base, 500000 * std::pow(1000.0, 128.0 / 126.0));
}

TEST(PublishedConfig, ScalingByTheCurrentLengthIsRefused) {
  try {
    spec_of(llama("llama", R"("rope_scaling": {"type": "dynamic", "factor": 2.0})"));
    FAIL() << "read a spec";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unsupported);
    EXPECT_NE(std::string(error.what()).find("rope_scaling.type"), std::string::npos)
        << error.what();
  }
}

TEST(PublishedConfig, MistralWithPicturesHasItsOwnOutputMatrix) {
  const formats::TensorFile file = folder_of(
      R"({"model_type": "mistral3", "text_config": {"model_type": "mistral", "hidden_size": 5120,
      "intermediate_size": 32768, "num_hidden_layers": 2, "num_attention_heads": 32,
      "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 131072, "rms_norm_eps": 1e-05,
      "rope_theta": 1000000000.0, "sliding_window": null}})",
      {{"language_model.model.layers.1.self_attn.q_proj.weight", Shape{4096, 5120}},
       {"language_model.lm_head.weight", Shape{131072, 5120}}});
  EXPECT_EQ(spec_of(file).family, "mistral");
  EXPECT_FALSE(spec_of(file).has_tied_output);
  const model::TensorNames names;
  EXPECT_NE(names.find(file, model::Role::Output), nullptr);
  EXPECT_NE(names.find(file, model::Role::Query, model::Part::Weight, 1), nullptr);
  EXPECT_EQ(names.find(file, model::Role::Query, model::Part::Weight, 0), nullptr);
}

TEST(PublishedConfig, MiniCpm3StretchesThePartThatRotates) {
  const ModelSpec spec = spec_of(R"({"model_type": "minicpm3", "hidden_size": 2560,
      "intermediate_size": 6400, "num_hidden_layers": 62, "num_attention_heads": 40,
      "num_key_value_heads": 40, "vocab_size": 73448, "max_position_embeddings": 32768,
      "rms_norm_eps": 1e-05, "q_lora_rank": 768, "kv_lora_rank": 256, "qk_nope_head_dim": 64,
      "qk_rope_head_dim": 32, "scale_emb": 12, "scale_depth": 1.4,
      "dim_model_base": 256, "rope_scaling": {"type": "longrope", "short_factor": )" +
                                 ones(16) + R"(, "long_factor": )" + ones(16) +
                                 R"(, "original_max_position_embeddings": 32768}})");
  ASSERT_EQ(spec.ropes.size(), 1u);
  EXPECT_EQ(spec.ropes.front().rotated_size, 32);
  EXPECT_EQ(std::get<model::LatentAttentionSpec>(spec.layers.front().mixer).value_size, 64);
  EXPECT_FLOAT_EQ(spec.output_scale, 0.1f);
  EXPECT_FLOAT_EQ(spec.residual_scale, 1.4f / std::sqrt(62.0f));
}

}  // namespace
}  // namespace bantam
