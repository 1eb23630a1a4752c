// GPTQ (Frantar et al. 2022) as AutoGPTQ and GPTQModel save it. Per module: qweight I32
// [inputs * bits / 32, outputs], codes running down the inputs; qzeros I32 [groups, outputs * bits
// / 32], zero points running along the outputs; scales [groups, outputs]; g_idx I32 [inputs], the
// group of each input. value = (code - zero) * scale.
#include <utility>

#include "base/format.h"
#include "formats/hf/quantized/int_groups.h"
#include "formats/hf/quantized/schemes.h"
#include "tensor/quant/little_endian.h"

namespace bantam::formats {
namespace {

struct Options {
  int bits = 4;
  std::int64_t group_size = -1;  // -1: one group a row
  bool has_zeros_minus_one = true;
  bool has_activation_order = false;
};

Options read_options(const QuantizedTensors& tensors) {
  Options options;
  const std::int64_t bits = tensors.option("bits", -1);
  if (bits != 2 && bits != 3 && bits != 4 && bits != 8) {
    tensors.refuse("bits", to_text(bits), "2, 3, 4 or 8");
  }
  options.bits = static_cast<int>(bits);
  options.group_size = tensors.option("group_size", -1);
  if (options.group_size == 0) tensors.refuse("group_size", "0", "-1 or a number above 0");
  const std::string form = tensors.text_option("checkpoint_format", "gptq");
  if (form != "gptq" && form != "gptq_v2") {
    tensors.refuse("checkpoint_format", bantam::quoted(std::string_view(form)), "gptq or gptq_v2");
  }
  const std::string packing = tensors.text_option("pack_dtype", "int32");
  if (packing != "int32")
    tensors.refuse("pack_dtype", bantam::quoted(std::string_view(packing)), "int32");
  options.has_zeros_minus_one = form == "gptq";
  options.has_activation_order = tensors.flag("desc_act");
  return options;
}

// The first format stores zero points less one. The subtraction was done on whole words and
// borrowed from code to code, so the addition is too; only 3 bits, which straddle words, were
// packed code by code.
std::vector<std::uint8_t> read_zeros(const Tensor& packed, const Options& options,
                                     std::int64_t outputs) {
  const std::int64_t words = packed.shape.columns();
  std::vector<std::byte> row(static_cast<std::size_t>(words) * 4);
  std::uint32_t ones = 0;
  for (int bit = 0; bit < 32; bit += options.bits) ones |= 1u << bit;
  const bool adds_words = options.has_zeros_minus_one && options.bits != 3;
  const bool adds_codes = options.has_zeros_minus_one && options.bits == 3;
  std::vector<std::uint8_t> zeros;
  for (std::int64_t group = 0; group < packed.shape.rows(); ++group) {
    for (std::int64_t i = 0; i < words; ++i) {
      const auto* from = reinterpret_cast<const std::uint8_t*>(packed.row(group) + 4 * i);
      const std::uint32_t word = load_u32(from) + (adds_words ? ones : 0);
      store_u32(reinterpret_cast<std::uint8_t*>(row.data() + 4 * i), word);
    }
    for (std::int64_t output = 0; output < outputs; ++output) {
      const std::uint8_t code = packed_code(row.data(), 1, output, options.bits);
      zeros.push_back(adds_codes ? (code + 1) & 7 : code);
    }
  }
  return zeros;
}

std::vector<std::int32_t> read_groups(QuantizedTensors& tensors, const std::string& module,
                                      const Options& options, std::int64_t inputs,
                                      std::int64_t group_count) {
  const std::string name = module + ".g_idx";
  if (tensors.find(name) == nullptr && !options.has_activation_order) {
    return consecutive_groups(inputs, options.group_size > 0 ? options.group_size : inputs);
  }
  const TensorEntry& entry = tensors.take(name, {DType::I32}, Shape{inputs});
  std::vector<std::int32_t> groups(static_cast<std::size_t>(inputs));
  for (std::int64_t i = 0; i < inputs; ++i) {
    const auto* from = reinterpret_cast<const std::uint8_t*>(entry.tensor.data + 4 * i);
    const auto group = static_cast<std::int32_t>(load_u32(from));
    if (group < 0 || group >= group_count) {
      fail_tensor(entry, format("group {} for input {}", group, i),
                  format("0 to {}", group_count - 1));
    }
    groups[static_cast<std::size_t>(i)] = group;
  }
  return groups;
}

void convert_module(QuantizedTensors& tensors, const std::string& module, const Options& options) {
  const int bits = options.bits;
  const TensorEntry& codes = tensors.take(module + ".qweight", {DType::I32});
  const Shape& packed = codes.tensor.shape;
  if (packed.rank() != 2 || packed.element_count() == 0 || packed.rows() * 32 % bits != 0 ||
      packed.columns() * bits % 32 != 0) {
    fail_tensor(codes, format("shape {}", to_text(packed)),
                format("[inputs * {} / 32, outputs] with whole words of codes", bits));
  }
  const std::int64_t inputs = packed.rows() * 32 / bits;
  const std::int64_t outputs = packed.columns();
  const std::int64_t size = options.group_size > 0 ? options.group_size : inputs;
  const std::int64_t groups = (inputs + size - 1) / size;
  GroupParameters parameters;
  parameters.scales = tensors.take_floats(module + ".scales", Shape{groups, outputs});
  const TensorEntry& zeros =
      tensors.take(module + ".qzeros", {DType::I32}, Shape{groups, outputs * bits / 32});
  parameters.zeros = read_zeros(zeros.tensor, options, outputs);
  auto columns = column_blocks(read_groups(tensors, module, options, inputs, groups));
  if (!columns) {
    refuse_tensor(codes, format("{} inputs in groups of {}", inputs, size),
                  "groups of a multiple of 32 inputs");
  }
  const std::byte* words = codes.tensor.data;
  add_int_groups(
      tensors, module + ".weight", bits, outputs, std::move(*columns), std::move(parameters),
      [words, outputs, bits](std::int64_t output, const std::int32_t* at, std::uint8_t* out) {
        for (int i = 0; i < 32; ++i) {
          out[i] = packed_code(words + 4 * output, outputs, at[i], bits);
        }
      });
}

}  // namespace

void convert_gptq(QuantizedTensors& tensors) {
  const Options options = read_options(tensors);
  for (const std::string& module : tensors.modules_with(".qweight")) {
    convert_module(tensors, module, options);
  }
}

}  // namespace bantam::formats
