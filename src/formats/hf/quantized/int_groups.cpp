#include "formats/hf/quantized/int_groups.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "tensor/half.h"
#include "tensor/quant/int_group.h"

namespace bantam::formats {
namespace {

// The group of every block, or nothing where a block would hold several.
std::optional<std::vector<std::int32_t>> groups_of_blocks(std::span<const std::int32_t> groups,
                                                          std::int64_t block_size) {
  const auto size = static_cast<std::size_t>(block_size);
  if (groups.empty() || groups.size() % size != 0) return std::nullopt;
  std::vector<std::int32_t> blocks;
  for (std::size_t first = 0; first < groups.size(); first += size) {
    for (std::size_t i = 1; i < size; ++i) {
      if (groups[first + i] != groups[first]) return std::nullopt;
    }
    blocks.push_back(groups[first]);
  }
  return blocks;
}

std::optional<ColumnBlocks> in_order(std::span<const std::int32_t> group_of_input,
                                     std::vector<std::int32_t> inputs) {
  std::vector<std::int32_t> groups;
  groups.reserve(inputs.size());
  for (const std::int32_t input : inputs) {
    groups.push_back(group_of_input[static_cast<std::size_t>(input)]);
  }
  for (const std::int64_t size : {128, 32}) {
    if (auto blocks = groups_of_blocks(groups, size)) {
      return ColumnBlocks{size, std::move(*blocks), std::move(inputs), false};
    }
  }
  return std::nullopt;
}

// Rows whose words share cache lines are written side by side.
constexpr std::int64_t kRowTile = 128;

template <int kBits, int kCount>
void write_blocks(const Tensor& matrix, const ColumnBlocks& columns,
                  const GroupParameters& parameters, const ReadCodes& read) {
  using Block = BlockIntGroup<kBits, kCount>;
  const std::int64_t rows = matrix.shape.rows();
  const std::int64_t row_bytes = matrix.row_bytes();
  for (std::int64_t tile = 0; tile < rows; tile += kRowTile) {
    for (std::size_t b = 0; b < columns.groups.size(); ++b) {
      const std::int32_t* inputs = columns.inputs.data() + b * kCount;
      for (std::int64_t row = tile; row < std::min(rows, tile + kRowTile); ++row) {
        const auto at = static_cast<std::size_t>(columns.groups[b] * rows + row);
        Block block;
        store_u32(block.scale, float_to_bits(parameters.scales[at]));
        block.zero = parameters.zeros[at];
        for (int part = 0; part < kCount / 32; ++part) {
          std::uint8_t codes[32];
          read(row, inputs + 32 * part, codes);
          pack_int_group_codes<kBits>(codes, block.codes + part * Block::kBytes32);
        }
        std::memcpy(matrix.data + row * row_bytes + static_cast<std::int64_t>(b * sizeof block),
                    &block, sizeof block);
      }
    }
  }
}

using Write = void (*)(const Tensor&, const ColumnBlocks&, const GroupParameters&,
                       const ReadCodes&);
struct Layout {
  int bits;
  std::int64_t block_size;
  DType type;
  Write write;
};
constexpr Layout kLayouts[] = {
    {2, 32, DType::INT2_G32, write_blocks<2, 32>}, {2, 128, DType::INT2_G128, write_blocks<2, 128>},
    {3, 32, DType::INT3_G32, write_blocks<3, 32>}, {3, 128, DType::INT3_G128, write_blocks<3, 128>},
    {4, 32, DType::INT4_G32, write_blocks<4, 32>}, {4, 128, DType::INT4_G128, write_blocks<4, 128>},
    {8, 32, DType::INT8_G32, write_blocks<8, 32>}, {8, 128, DType::INT8_G128, write_blocks<8, 128>},
};

}  // namespace

std::optional<ColumnBlocks> column_blocks(std::span<const std::int32_t> group_of_input) {
  if (group_of_input.size() > INT32_MAX) return std::nullopt;  // beyond the type of `inputs`
  std::vector<std::int32_t> inputs(group_of_input.size());
  std::iota(inputs.begin(), inputs.end(), 0);
  if (auto columns = in_order(group_of_input, inputs)) return columns;
  std::ranges::stable_sort(inputs, {}, [&](std::int32_t input) {
    return group_of_input[static_cast<std::size_t>(input)];
  });
  auto columns = in_order(group_of_input, std::move(inputs));
  if (columns) columns->is_reordered = true;
  return columns;
}

std::vector<std::int32_t> consecutive_groups(std::int64_t inputs, std::int64_t group_size) {
  std::vector<std::int32_t> groups(static_cast<std::size_t>(inputs));
  for (std::int64_t i = 0; i < inputs; ++i) {
    groups[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(i / group_size);
  }
  return groups;
}

void add_int_groups(QuantizedTensors& tensors, std::string name, int bits, std::int64_t outputs,
                    ColumnBlocks columns, GroupParameters parameters, ReadCodes read) {
  const auto* layout = std::ranges::find_if(kLayouts, [&](const Layout& row) {
    return row.bits == bits && row.block_size == columns.block_size;
  });
  const std::vector<std::int32_t> order =
      columns.is_reordered ? columns.inputs : std::vector<std::int32_t>{};
  const Shape shape{outputs, std::ssize(columns.inputs)};
  const Write write = layout->write;
  tensors.add(
      std::move(name), layout->type, shape,
      [write, columns = std::move(columns), parameters = std::move(parameters),
       read = std::move(read)](const Tensor& matrix) { write(matrix, columns, parameters, read); },
      order);
}

std::uint8_t packed_code(const std::byte* words, std::int64_t stride, std::int64_t index,
                         int bits) {
  const auto word = [&](std::int64_t at) {
    std::uint32_t value;
    std::memcpy(&value, words + at * stride * 4, sizeof value);
    return value;
  };
  const std::int64_t bit = index * bits;
  const int shift = static_cast<int>(bit % 32);
  std::uint32_t code = word(bit / 32) >> shift;
  if (shift + bits > 32) code |= word(bit / 32 + 1) << (32 - shift);
  return static_cast<std::uint8_t>(code & ((1u << bits) - 1u));
}

}  // namespace bantam::formats
