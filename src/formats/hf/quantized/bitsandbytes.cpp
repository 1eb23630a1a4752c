// bitsandbytes (Dettmers et al. 2022, 2023). Four bits: MODULE.weight holds two codes a byte, the
// first in the high nibble, over the matrix as one row; weight.absmax the peaks of its blocks, as
// floats or as codes of a second quantization; weight.quant_state.bitsandbytes__nf4 (or __fp4) the
// rest as JSON. Eight bits: weight I8 [outputs, inputs] and SCB, the peak of each row.
#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/format.h"
#include "formats/hf/quantized/schemes.h"
#include "formats/json_reader.h"
#include "tensor/quant/int8_row.h"
#include "tensor/quant/nf4.h"

namespace bantam::formats {
namespace {

constexpr std::int64_t kBlock = 64;  // of the layouts that both kinds become

// What the JSON of a four-bit module says.
struct State {
  std::vector<std::uint64_t> shape;
  std::uint64_t block_size = 0;
  std::uint64_t nested_block_size = 0;  // 0: the peaks are floats
  float nested_offset = 0;
};

float read_float(const JsonReader& json, const std::string& field) {
  const std::string_view text = json.text();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    json.fail(field, std::string(text.substr(0, 40)), "a number");
  }
  return static_cast<float>(value);
}

State read_state(const TensorEntry& entry) {
  const std::string_view text(reinterpret_cast<const char*>(entry.tensor.data),
                              static_cast<std::size_t>(entry.tensor.byte_count()));
  JsonReader json(entry.file, text, entry.offset, {.depth_max = 4, .keys_max = 64});
  State state;
  json.expect(JsonToken::BeginObject, entry.name);
  while (json.next() == JsonToken::Key) {
    const std::string key(json.text());
    const JsonToken token = json.next();
    if (key == "shape") {
      json.require(JsonToken::BeginArray, key);
      while (json.next() == JsonToken::Number) state.shape.push_back(json.natural(key));
      json.require(JsonToken::EndArray, key);
    } else if (key == "blocksize") {
      json.require(JsonToken::Number, key);
      state.block_size = json.natural(key);
    } else if (key == "nested_blocksize") {
      json.require(JsonToken::Number, key);
      state.nested_block_size = json.natural(key);
    } else if (key == "nested_offset") {
      json.require(JsonToken::Number, key);
      state.nested_offset = read_float(json, key);
    } else if (token == JsonToken::BeginObject || token == JsonToken::BeginArray) {
      json.skip_container();
    }
  }
  json.expect(JsonToken::End, entry.name);
  return state;
}

std::int64_t ceiling(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// The peaks of all blocks. A nested peak is level * peak of its peaks + offset, each step rounded.
std::vector<float> read_peaks(QuantizedTensors& tensors, const std::string& weight,
                              const State& state, std::int64_t count) {
  const std::string name = weight + ".absmax";
  if (state.nested_block_size == 0) return tensors.take_floats(name, Shape{count});
  const auto nested_size = static_cast<std::int64_t>(state.nested_block_size);
  const TensorEntry& codes = tensors.take(name, {DType::U8}, Shape{count});
  const std::vector<float> levels = tensors.take_floats(weight + ".nested_quant_map", Shape{256});
  const std::vector<float> peaks =
      tensors.take_floats(weight + ".nested_absmax", Shape{ceiling(count, nested_size)});
  std::vector<float> result(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const float scaled = levels[static_cast<std::uint8_t>(codes.tensor.data[i])] *
                         peaks[static_cast<std::size_t>(i / nested_size)];
    result[static_cast<std::size_t>(i)] = scaled + state.nested_offset;
  }
  return result;
}

void check_levels(QuantizedTensors& tensors, const std::string& weight, const float* levels) {
  const std::string name = weight + ".quant_map";
  const std::vector<float> stored = tensors.take_floats(name, Shape{16});
  for (int i = 0; i < 16; ++i) {
    const float found = stored[static_cast<std::size_t>(i)];
    if (found == levels[i]) continue;
    refuse_tensor(*tensors.find(name), format("level {} of code {}", found, i),
                  format("{}, as bitsandbytes has it", levels[i]));
  }
}

// Values stand in pairs; in our blocks 16 apart.
void write_nf4(const Tensor& matrix, const std::byte* codes, std::span<const float> peaks,
               std::int64_t peak_size) {
  const std::int64_t count = matrix.shape.element_count() / kBlock;
  for (std::int64_t b = 0; b < count; ++b) {
    BlockNF4 block;
    block.peak = peaks[static_cast<std::size_t>(b * kBlock / peak_size)];
    std::uint8_t values[kBlock];
    for (std::int64_t i = 0; i < kBlock / 2; ++i) {
      const auto pair = static_cast<std::uint8_t>(codes[b * kBlock / 2 + i]);
      values[2 * i] = pair >> 4;
      values[2 * i + 1] = pair & 15;
    }
    for (int i = 0; i < 32; ++i) {
      const std::uint8_t* low = values + (i / 16 * 32 + i % 16);
      block.codes[i] = static_cast<std::uint8_t>(low[0] | low[16] << 4);
    }
    std::memcpy(matrix.data + b * static_cast<std::int64_t>(sizeof block), &block, sizeof block);
  }
}

void check_state(const TensorEntry& entry, const State& state) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 31;
  if (state.shape.size() != 2 || state.shape[0] == 0 || state.shape[0] > kMost ||
      state.shape[1] == 0 || state.shape[1] > kMost) {
    fail_tensor(entry, format("a shape of {} extents", state.shape.size()),
                "two extents above 0, [outputs, inputs]");
  }
  if (state.block_size == 0 || state.block_size > kMost || state.nested_block_size > kMost) {
    fail_tensor(entry, format("blocksize {}", state.block_size), "one above 0");
  }
  if (state.block_size % kBlock != 0) {
    refuse_tensor(entry, format("blocksize {}", state.block_size), "a multiple of 64");
  }
}

void convert_four_bits(QuantizedTensors& tensors, const std::string& weight,
                       std::string_view suffix, DType type, const float* levels) {
  const TensorEntry& packed = tensors.take(
      weight, {DType::U8, DType::I8, DType::F16, DType::BF16, DType::F32});  // only storage
  const TensorEntry& stated = tensors.take(weight + std::string(suffix), {DType::U8});
  const State state = read_state(stated);
  check_state(stated, state);
  const auto outputs = static_cast<std::int64_t>(state.shape[0]);
  const auto inputs = static_cast<std::int64_t>(state.shape[1]);
  require_whole_blocks(packed, inputs, type);
  if (packed.tensor.byte_count() != outputs * inputs / 2) {
    fail_tensor(packed, format("{} bytes", packed.tensor.byte_count()),
                format("{}, half of its [{}, {}] values", outputs * inputs / 2, outputs, inputs));
  }
  check_levels(tensors, weight, levels);
  const auto size = static_cast<std::int64_t>(state.block_size);
  std::vector<float> peaks = read_peaks(tensors, weight, state, ceiling(outputs * inputs, size));
  const std::byte* codes = packed.tensor.data;
  tensors.add(weight, type, Shape{outputs, inputs},
              [codes, size, peaks = std::move(peaks)](const Tensor& matrix) {
                write_nf4(matrix, codes, peaks, size);
              });
}

void write_int8(const Tensor& matrix, const std::byte* codes, std::span<const float> peaks) {
  const std::int64_t blocks = matrix.shape.columns() / kBlock;
  for (std::int64_t row = 0; row < matrix.shape.rows(); ++row) {
    for (std::int64_t b = 0; b < blocks; ++b) {
      BlockInt8Row block;
      block.peak = peaks[static_cast<std::size_t>(row)];
      std::memcpy(block.codes, codes + (row * blocks + b) * kBlock, sizeof block.codes);
      std::memcpy(matrix.row(row) + b * static_cast<std::int64_t>(sizeof block), &block,
                  sizeof block);
    }
  }
}

void convert_eight_bits(QuantizedTensors& tensors, const std::string& module) {
  const TensorEntry& packed = tensors.take(module + ".weight", {DType::I8});
  const Shape shape = packed.tensor.shape;
  if (shape.rank() != 2) fail_tensor(packed, to_text(shape), "[outputs, inputs]");
  require_whole_blocks(packed, shape.columns(), DType::INT8_ROW);
  std::vector<float> peaks = tensors.take_floats(module + ".SCB", Shape{shape.rows()});
  // The order of the bytes; 0 is by rows, the only one that is saved.
  const TensorEntry* form = tensors.try_take(module + ".weight_format", {DType::U8});
  if (form != nullptr && form->tensor.byte_count() == 1 && form->tensor.data[0] != std::byte{0}) {
    refuse_tensor(*form, format("form {}", static_cast<int>(form->tensor.data[0])), "0, rows");
  }
  const std::byte* codes = packed.tensor.data;
  tensors.add(module + ".weight", DType::INT8_ROW, shape,
              [codes, peaks = std::move(peaks)](const Tensor& matrix) {
                write_int8(matrix, codes, peaks);
              });
}

}  // namespace

void convert_bitsandbytes(QuantizedTensors& tensors) {
  constexpr std::string_view kNF4 = ".quant_state.bitsandbytes__nf4";
  constexpr std::string_view kFP4 = ".quant_state.bitsandbytes__fp4";
  for (const std::string& weight : tensors.modules_with(kNF4)) {
    convert_four_bits(tensors, weight, kNF4, DType::NF4, kNF4Levels);
  }
  for (const std::string& weight : tensors.modules_with(kFP4)) {
    convert_four_bits(tensors, weight, kFP4, DType::FP4, kFP4Levels);
  }
  for (const std::string& module : tensors.modules_with(".SCB")) {
    convert_eight_bits(tensors, module);
  }
}

}  // namespace bantam::formats
