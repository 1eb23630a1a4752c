// AWQ (Lin et al. 2023) as AutoAWQ's GEMM version saves it. Per module: qweight I32 [inputs,
// outputs / 8] and qzeros I32 [groups, outputs / 8], eight outputs a word; scales [groups,
// outputs]. value = (code - zero) * scale.
#include <utility>

#include "base/format.h"
#include "formats/hf/quantized/int_groups.h"
#include "formats/hf/quantized/schemes.h"
#include "tensor/quant/little_endian.h"

namespace bantam::formats {
namespace {

// The nibble of a word that holds output 8 * word + i.
constexpr int kNibbleOfOutput[8] = {0, 4, 1, 5, 2, 6, 3, 7};

std::uint8_t code_at(const std::byte* words, std::int64_t row, std::int64_t outputs,
                     std::int64_t output) {
  const auto* word =
      reinterpret_cast<const std::uint8_t*>(words + (row * (outputs / 8) + output / 8) * 4);
  return static_cast<std::uint8_t>(load_u32(word) >> (4 * kNibbleOfOutput[output % 8]) & 15u);
}

void check_options(const QuantizedTensors& tensors) {
  const std::int64_t bits = tensors.option("bits", 4);
  if (bits != 4) tensors.refuse("bits", to_text(bits), "4");
  const std::string version = tensors.text_option("version", "gemm");
  if (version != "gemm")
    tensors.refuse("version", bantam::quoted(std::string_view(version)), "gemm");
}

void convert_module(QuantizedTensors& tensors, const std::string& module, std::int64_t group_size) {
  const TensorEntry& codes = tensors.take(module + ".qweight", {DType::I32});
  const Shape& packed = codes.tensor.shape;
  if (packed.rank() != 2 || packed.element_count() == 0) {
    fail_tensor(codes, format("shape {}", to_text(packed)), "[inputs, outputs / 8]");
  }
  const std::int64_t inputs = packed.rows(), outputs = packed.columns() * 8;
  const std::int64_t size = group_size > 0 ? group_size : inputs;
  const std::int64_t groups = (inputs + size - 1) / size;
  GroupParameters parameters;
  parameters.scales = tensors.take_floats(module + ".scales", Shape{groups, outputs});
  const Tensor& zeros =
      tensors.take(module + ".qzeros", {DType::I32}, Shape{groups, outputs / 8}).tensor;
  for (std::int64_t group = 0; group < groups; ++group) {
    for (std::int64_t output = 0; output < outputs; ++output) {
      parameters.zeros.push_back(code_at(zeros.data, group, outputs, output));
    }
  }
  auto columns = column_blocks(consecutive_groups(inputs, size));
  if (!columns) {
    refuse_tensor(codes, format("{} inputs in groups of {}", inputs, size),
                  "groups of a multiple of 32 inputs");
  }
  const std::byte* words = codes.tensor.data;
  add_int_groups(tensors, module + ".weight", 4, outputs, std::move(*columns),
                 std::move(parameters),
                 [words, outputs](std::int64_t output, const std::int32_t* at, std::uint8_t* out) {
                   for (int i = 0; i < 32; ++i) out[i] = code_at(words, at[i], outputs, output);
                 });
}

}  // namespace

void convert_awq(QuantizedTensors& tensors) {
  check_options(tensors);
  const std::int64_t group_size = tensors.option("group_size", 128);
  if (group_size == 0) tensors.refuse("group_size", "0", "-1 or a number above 0");
  for (const std::string& module : tensors.modules_with(".qweight")) {
    convert_module(tensors, module, group_size);
  }
}

}  // namespace bantam::formats
