// Bad quantized folders: every fault is named with its tensor, what was found and what was
// expected.
#include "formats/hf/quantized/quantized.h"

#include <gtest/gtest.h>

#include <deque>

#include "base/error.h"
#include "formats/hf/config.h"
#include "support/temporary_folder.h"

namespace bantam::formats {
namespace {

// Tensors of one module "m", filled with zeros.
class Folder {
 public:
  explicit Folder(std::string_view quantization) {
    const test::TemporaryFolder folder;
    const std::string json = R"({"quantization_config": )" + std::string(quantization) + "}";
    read_config(folder.write("config.json", json), "", config_);
  }

  Folder& add(std::string name, DType type, const Shape& shape) {
    const Tensor tensor{type, shape, nullptr};
    memory_.emplace_back(static_cast<std::size_t>(tensor.byte_count()) + 1);
    tensors_.push_back({std::move(name), {type, shape, memory_.back().data()}, "f.safetensors"});
    return *this;
  }
  Folder& fill(std::string_view content) {
    std::copy(content.begin(), content.end(), reinterpret_cast<char*>(memory_.back().data()));
    return *this;
  }

  ConvertedTensors convert() const { return convert_quantized(config_, tensors_); }

  // What the error says; empty where there is none.
  std::string error(ErrorCode code) const {
    try {
      convert();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      return error.what();
    }
    return {};
  }

 private:
  Metadata config_{"config.json"};
  std::deque<std::vector<std::byte>> memory_;
  std::vector<TensorEntry> tensors_;
};

bool says(const std::string& text, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (text.find(part) == std::string::npos) return false;
  }
  return true;
}

constexpr std::string_view kGptq = R"({"quant_method": "gptq", "bits": 4, "group_size": 32})";

// 64 inputs, 8 outputs, two groups.
Folder gptq(std::string_view config = kGptq) {
  Folder folder(config);
  folder.add("m.qweight", DType::I32, {8, 8}).add("m.scales", DType::F16, {2, 8});
  folder.add("m.qzeros", DType::I32, {2, 1});
  return folder;
}

TEST(QuantizedFolder, KeepsTensorsThatAreNotQuantized) {
  Folder folder = gptq();
  folder.add("lm_head.weight", DType::F16, {4, 4}).add("m.bias", DType::F16, {8});
  const ConvertedTensors converted = folder.convert();
  ASSERT_EQ(converted.tensors.size(), 3u);
  EXPECT_EQ(converted.tensors[0].name, "m.weight");
  EXPECT_EQ(converted.tensors[0].tensor.type, DType::INT4_G32);
  EXPECT_EQ(converted.tensors[0].tensor.shape, (Shape{8, 64}));
  EXPECT_EQ(converted.tensors[1].name, "lm_head.weight");
  EXPECT_EQ(converted.tensors[2].name, "m.bias");
}

TEST(QuantizedFolder, RefusesWhatItDoesNotKnow) {
  for (const auto& [config, part] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"({"quant_method": "hqq"})", "quant_method: found \"hqq\", expected gptq, awq"},
           {R"({"quant_method": "gptq", "bits": 5})", "bits: found 5, expected 2, 3, 4 or 8"},
           {R"({"quant_method": "gptq"})", "bits: found -1"},
           {R"({"quant_method": "gptq", "bits": 4, "group_size": 0})", "group_size: found 0"},
           {R"({"quant_method": "gptq", "bits": 4, "checkpoint_format": "marlin"})", "marlin"},
           {R"({"quant_method": "gptq", "bits": 4, "pack_dtype": "int8"})", "pack_dtype"},
           {R"({"quant_method": "awq", "bits": 3})", "bits: found 3, expected 4"},
           {R"({"quant_method": "awq", "version": "GEMV"})", "version: found \"gemv\""}}) {
    const std::string error = Folder(config).error(ErrorCode::Unsupported);
    EXPECT_TRUE(says(error, {part})) << config << ": " << error;
  }
}

TEST(QuantizedFolder, NamesAMissingTensor) {
  Folder folder(kGptq);
  folder.add("m.qweight", DType::I32, {8, 8});
  EXPECT_TRUE(says(folder.error(ErrorCode::BadFile), {"m.scales", "missing"}));
}

TEST(QuantizedFolder, NeedsTheOrderThatActivationOrderSpeaksOf) {
  const Folder folder =
      gptq(R"({"quant_method": "gptq", "bits": 4, "group_size": 32, "desc_act": true})");
  EXPECT_TRUE(says(folder.error(ErrorCode::BadFile), {"m.g_idx", "missing"}));
}

TEST(QuantizedFolder, NamesAShapeThatDoesNotFit) {
  Folder folder(kGptq);
  folder.add("m.qweight", DType::I32, {8, 8}).add("m.scales", DType::F16, {3, 8});
  EXPECT_TRUE(says(folder.error(ErrorCode::BadFile),
                   {"m.scales", "found shape [3, 8]", "expected [2, 8]"}));
}

TEST(QuantizedFolder, NamesATypeThatDoesNotFit) {
  Folder folder(kGptq);
  folder.add("m.qweight", DType::F32, {8, 8});
  EXPECT_TRUE(
      says(folder.error(ErrorCode::BadFile), {"m.qweight", "found type f32", "expected i32"}));
}

TEST(QuantizedFolder, ChecksTheGroupOfEveryInput) {
  Folder folder = gptq();
  folder.add("m.g_idx", DType::I32, {64}).fill("\x02");
  EXPECT_TRUE(says(folder.error(ErrorCode::BadFile),
                   {"m.g_idx", "found group 2 for input 0", "expected 0 to 1"}));
}

TEST(QuantizedFolder, RefusesGroupsThatAreNoWholeBlocks) {
  Folder folder = gptq();  // 63 inputs in group 0 and one in group 1
  folder.add("m.g_idx", DType::I32, {64}).fill("\x01");
  EXPECT_TRUE(says(folder.error(ErrorCode::Unsupported), {"m.qweight", "multiple of 32"}));
}

TEST(QuantizedFolder, RefusesASecondMatrixOfTheSameName) {
  Folder folder = gptq();
  folder.add("m.weight", DType::F16, {8, 64});
  EXPECT_TRUE(says(folder.error(ErrorCode::BadFile), {"m.weight", "m.qweight"}));
}

constexpr std::string_view kBits4 = R"({"quant_method": "bitsandbytes", "load_in_4bit": true})";

Folder nf4(std::string_view state) {
  Folder folder(kBits4);
  folder.add("m.weight", DType::U8, {64, 1});
  folder.add("m.weight.quant_state.bitsandbytes__nf4", DType::U8, {std::ssize(state)}).fill(state);
  return folder;
}

TEST(QuantizedFolder, ChecksTheStateOfFourBitModules) {
  for (const auto& [state, code, part] :
       std::initializer_list<std::tuple<const char*, ErrorCode, const char*>>{
           {"{", ErrorCode::BadFile, "byte 1"},
           {R"({"shape": [2], "blocksize": 64})", ErrorCode::BadFile, "1 extents"},
           {R"({"shape": [2, 0], "blocksize": 64})", ErrorCode::BadFile, "two extents"},
           {R"({"shape": [2, 64]})", ErrorCode::BadFile, "blocksize 0"},
           {R"({"shape": [2, 64], "blocksize": 32})", ErrorCode::Unsupported, "blocksize 32"},
           {R"({"shape": [4, 32], "blocksize": 64})", ErrorCode::Unsupported, "32 inputs"},
           {R"({"shape": [4, 64], "blocksize": 64})", ErrorCode::BadFile, "found 64 bytes"},
           {R"({"shape": [2, 64], "blocksize": 64})", ErrorCode::BadFile,
            "quant_map is missing"}}) {
    const std::string error = nf4(state).error(code);
    EXPECT_TRUE(says(error, {"m.weight", part}) || says(error, {part})) << state << ": " << error;
  }
}

TEST(QuantizedFolder, RefusesFourBitLevelsThatAreNotThoseOfTheScheme) {
  Folder folder = nf4(R"({"shape": [2, 64], "blocksize": 64})");
  folder.add("m.weight.quant_map", DType::F32, {16});
  EXPECT_TRUE(says(folder.error(ErrorCode::Unsupported),
                   {"quant_map", "level 0 of code 0", "expected -1"}));
}

TEST(QuantizedFolder, NeedsTheScalesOfFloatsOfEightBits) {
  Folder folder(R"({"quant_method": "fp8", "weight_block_size": [128, 128]})");
  folder.add("m.weight", DType::F8_E4M3, {256, 256});
  EXPECT_TRUE(says(folder.error(ErrorCode::BadFile), {"m.weight_scale", "missing"}));
  folder.add("m.weight_scale_inv", DType::F32, {2, 3});
  EXPECT_TRUE(says(folder.error(ErrorCode::BadFile),
                   {"m.weight_scale_inv", "found shape [2, 3]", "[2, 2] for a matrix"}));
}

TEST(QuantizedFolder, ReadsTilesThatEndInPart) {
  Folder folder(R"({"quant_method": "fp8", "weight_block_size": [128, 128]})");
  folder.add("m.weight", DType::F8_E5M2, {130, 192}).add("m.weight_scale_inv", DType::F32, {2, 2});
  EXPECT_EQ(folder.convert().tensors.at(0).tensor.type, DType::FP8_E5M2);
}

TEST(QuantizedFolder, ChecksTheShapeOfPackedTensors) {
  Folder folder(R"({"quant_method": "compressed-tensors", "format": "pack-quantized"})");
  folder.add("m.weight_packed", DType::I32, {8, 3}).add("m.weight_shape", DType::I64, {2});
  EXPECT_TRUE(says(folder.error(ErrorCode::BadFile), {"m.weight_shape", "found 0"}));
}

TEST(QuantizedFolder, RefusesTensorsWithoutValues) {
  Folder tiles(R"({"quant_method": "fp8"})");
  tiles.add("m.weight", DType::F8_E4M3, {0, 64}).add("m.weight_scale", DType::F32, {1});
  EXPECT_TRUE(says(tiles.error(ErrorCode::BadFile),
                   {"m.weight:", "found shape [0, 64]", "at least one value"}));
  Folder groups(R"({"quant_method": "compressed-tensors", "format": "int-quantized"})");
  groups.add("m.weight", DType::I8, {0, 64});
  groups.add("m.weight_scale", DType::F32, {0, std::int64_t{1} << 58});
  EXPECT_TRUE(says(groups.error(ErrorCode::BadFile), {"m.weight:", "at least one value"}));
}

// 320 inputs in groups of 128 have as many scales as any 257 to 384.
TEST(QuantizedFolder, RefusesGroupsWhoseSizeTheirNumberDoesNotTell) {
  Folder folder(R"({"quant_method": "compressed-tensors", "format": "int-quantized"})");
  folder.add("m.weight", DType::I8, {8, 320}).add("m.weight_scale", DType::F32, {8, 3});
  EXPECT_TRUE(says(folder.error(ErrorCode::Unsupported),
                   {"m.weight", "320 inputs in 3 groups", "groups of one size"}));
  Folder floats(R"({"quant_method": "compressed-tensors", "format": "float-quantized"})");
  floats.add("m.weight", DType::F8_E4M3, {8, 320}).add("m.weight_scale", DType::F32, {8, 3});
  EXPECT_TRUE(says(floats.error(ErrorCode::BadFile), {"m.weight_scale", "found shape [8, 3]"}));
}

TEST(QuantizedFolder, ChecksTheShapeOfExperts) {
  Folder folder(R"({"quant_method": "mxfp4"})");
  folder.add("m_blocks", DType::U8, {4, 64, 2, 8});
  EXPECT_TRUE(says(folder.error(ErrorCode::BadFile), {"m_blocks", "[4, 64, 2, 8]"}));
}

}  // namespace
}  // namespace bantam::formats
