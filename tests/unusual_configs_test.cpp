// Networks that nobody has published: read as their class would, or refused by the key that says
// what is wrong.
#include <gtest/gtest.h>

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

// What `run` throws; empty, and a failure, where it throws nothing.
template <typename Run>
std::string refusal(const Run& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "accepted";
  return "";
}

std::string refusal_of(const std::string& json) {
  return refusal([&] { spec_of(json); });
}

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

std::string network(const std::string& type, const std::string& rest) {
  return R"({"model_type": ")" + type + R"(", "hidden_size": 64, "intermediate_size": 128,
      "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2,
      "head_dim": 16, "vocab_size": 256, )" +
         rest + "}";
}

bool has_experts(const ModelSpec& spec, std::size_t layer) {
  return std::holds_alternative<model::MixtureFfnSpec>(spec.layers[layer].ffn);
}

constexpr const char* kLfm2Moe = R"("layer_types": ["conv", "conv", "full_attention", "conv"],
    "conv_L_cache": 3, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32)";

TEST(UnusualConfig, Lfm2CanHaveExpertsFromTheFirstLayerOn) {
  const ModelSpec all =
      spec_of(network("lfm2_moe", std::string(kLfm2Moe) + R"(, "num_dense_layers": 0)"));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(has_experts(all, i)) << i;
  const ModelSpec left_to_class = spec_of(network("lfm2_moe", kLfm2Moe));
  EXPECT_FALSE(has_experts(left_to_class, 1));
  EXPECT_TRUE(has_experts(left_to_class, 2));
}

constexpr const char* kDeepSeek = R"("kv_lora_rank": 16, "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 8, "v_head_dim": 16, "n_routed_experts": 4, "num_experts_per_tok": 2,
    "moe_intermediate_size": 32, "n_group": 1, "topk_group": 1, )";

TEST(UnusualConfig, DeepSeekHasExpertsInItsLastLayer) {
  const std::string all = kDeepSeek;
  const ModelSpec spec = spec_of(network("deepseek_v2", all + R"("first_k_dense_replace": 3)"));
  EXPECT_FALSE(has_experts(spec, 2));
  EXPECT_TRUE(has_experts(spec, 3));
  expect_part(refusal_of(network("deepseek_v2", all + R"("first_k_dense_replace": 4)")),
              "first_k_dense_replace");
}

TEST(UnusualConfig, GgufCannotSayThatDeepSeekHasExpertsInEverySecondLayer) {
  const auto folder =
      folder_of(network("deepseek_v2", std::string(kDeepSeek) +
                                           R"("first_k_dense_replace": 1, "moe_layer_freq": 2)"));
  EXPECT_TRUE(has_experts(spec_of(folder), 2));
  EXPECT_FALSE(has_experts(spec_of(folder), 3));
  const auto choice = model::form_of_folder(folder);
  expect_part(refusal([&] { model::gguf_metadata(choice, folder); }), "moe_layer_freq");
}

constexpr const char* kGemma4 = R"("rope_parameters": {"full_attention": {"rope_type":
    "proportional", "partial_rotary_factor": 0.25}}, "layer_types": ["sliding_attention",
    "full_attention", "sliding_attention", "full_attention"], "attention_k_eq_v": true)";

TEST(UnusualConfig, Gemma4sFullLayersShareKeysEvenly) {
  expect_part(refusal_of(network("gemma4_text",
                                 std::string(kGemma4) + R"(, "num_global_key_value_heads": 3)")),
              "num_global_key_value_heads");
}

TEST(UnusualConfig, Gemma4WithExpertsIsToldWhatItSaysOfThem) {
  expect_part(refusal_of(network("gemma4_text", R"("enable_moe_block": true, "num_experts": 0)")),
              "enable_moe_block: found true");
}

TEST(UnusualConfig, WindowsCanBeLeftToTheClass) {
  const ModelSpec gemma4 = spec_of(network("gemma4_text", kGemma4));
  EXPECT_EQ(attention_of(gemma4, 0).window, 512);
  EXPECT_EQ(attention_of(gemma4, 1).window, model::kNoWindow);
  const auto folder = folder_of(network("gemma4_text", kGemma4));
  const auto gguf = model::gguf_metadata(model::form_of_folder(folder), folder);
  EXPECT_EQ(gguf.require_integer("gemma4.attention.sliding_window", 1, 1000), 512);
  const ModelSpec gemma3n = spec_of(network("gemma3n_text", R"("num_kv_shared_layers": 0)"));
  EXPECT_EQ(attention_of(gemma3n, 0).window, 512);
  const ModelSpec lfm3 = spec_of(network("lfm3", R"("layer_types": ["conv", "sliding_attention",
      "full_attention", "conv"])"));
  EXPECT_EQ(attention_of(lfm3, 1).window, 256);
  EXPECT_EQ(attention_of(lfm3, 2).window, model::kNoWindow);
}

TEST(UnusualConfig, Lfm3TurnsWholeHeadsWhereItSaysAnythingOfItsRopes) {
  for (const char* ropes :
       {R"("rope_parameters": {"full_attention": {"rope_theta": 1000000.0}})",
        R"("rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0})",
        R"("rope_scaling": {"type": "linear", "factor": 2.0})"}) {
    const ModelSpec spec =
        spec_of(network("lfm3", std::string(R"("layer_types": ["conv", "conv", "full_attention",
                    "conv"], )") + ropes));
    EXPECT_EQ(spec.ropes[*attention_of(spec, 2).rope].still_pairs, 0) << ropes;
  }
}

TEST(UnusualConfig, LayersOfAnUnknownTypeAreRefused) {
  const std::string chunks = R"("layer_types": ["full_attention", "chunked_attention",
      "full_attention", "full_attention"])";
  expect_part(refusal_of(network("gemma3_text", chunks)),
              "layer_types: found \"chunked_attention\"");
  expect_part(refusal_of(network("lfm2", R"("conv_L_cache": 3, )" + chunks)),
              "layer_types: found \"chunked_attention\"");
  expect_part(refusal_of(network("gemma3_text", R"("layer_types": "full_attention")")),
              "layer_types");
}

TEST(UnusualConfig, OverridesOfKeysThatNobodyReadsAreRefused) {
  const auto with = [](const std::string& key) {
    formats::TensorFile folder = folder_of(network("llama", R"("rms_norm_eps": 1e-05)"));
    auto& metadata = folder.mutable_metadata();
    metadata.set(key, {.value = metadata.store("llama"), .is_override = true});
    return folder;
  };
  for (const char* key : {"model_type", "generation_config.top_k", "eos_token_id"}) {
    EXPECT_EQ(spec_of(with(key)).layers.size(), 4u) << key;
  }
  for (const char* key :
       {"tokenizer.chat_template", "generation_config.topk", "eos_token_ids", "general.name"}) {
    expect_part(refusal([&] { spec_of(with(key)); }), key);
  }
}

TEST(UnusualConfig, Gemma3nSaysWhereTheNumberOfSharedLayersComesFrom) {
  expect_part(refusal_of(network("gemma3n_text", R"("sliding_window": 512)")),
              "num_kv_shared_layers: found nothing, which means 15");
}

// Granite 4 with or without the numbers of its state spaces.
constexpr const char* kStates = R"("mamba_n_heads": 8, "mamba_d_head": 16, "mamba_d_state": 16,
    "mamba_n_groups": 1, )";

TEST(UnusualConfig, Granite4WithStatesMustSayTheirNumbers) {
  expect_part(refusal_of(network("granitemoehybrid", std::string(kStates) + R"("layer_types":
          ["mamba", "attention", "mamba", "attention"])")),
              "mamba_d_conv");
}

TEST(UnusualConfig, Granite4CanListMoreLayersThanItHas) {
  const auto folder = folder_of(
      network("granitemoehybrid",
              std::string(kStates) + R"("mamba_d_conv": 4, "layer_types": ["attention", "attention",
          "attention", "attention", "mamba"])"));
  const auto choice = model::form_of_folder(folder);
  EXPECT_EQ(choice.form.architecture, "granite");
  EXPECT_EQ(model::gguf_metadata(choice, folder).require_integer("granite.block_count", 0, 9), 4);
}

TEST(UnusualGguf, Granite4WithoutStatesBecomesNoFolder) {
  formats::Metadata metadata("model.gguf");
  const auto set = [&](const std::string& key, std::uint64_t value) {
    metadata.set("granitehybrid." + key, {.value = value});
  };
  metadata.set("general.architecture", {.value = metadata.store("granitehybrid")});
  set("block_count", 2);
  set("embedding_length", 64);
  set("feed_forward_length", 128);
  set("context_length", 512);
  set("vocab_size", 256);
  set("attention.head_count", 4);
  metadata.set("granitehybrid.attention.layer_norm_rms_epsilon", {.value = 1e-5});
  metadata.set("granitehybrid.attention.head_count_kv", {.value = std::vector<std::int64_t>{2, 2}});
  set("ssm.conv_kernel", 4);
  set("ssm.inner_size", 128);
  set("ssm.state_size", 16);
  set("ssm.time_step_rank", 8);
  set("ssm.group_count", 1);
  const formats::TensorFile gguf{formats::SourceFormat::Gguf, std::move(metadata), {}, {}};
  EXPECT_EQ(spec_of(gguf).layers.size(), 2u);
  const auto choice = model::form_of_gguf(gguf);
  expect_part(refusal([&] { model::folder_metadata(choice, gguf, "bfloat16"); }),
              "granitehybrid.attention.head_count_kv");
}

}  // namespace
}  // namespace bantam
