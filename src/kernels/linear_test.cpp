// Every linear kernel of every level against the scalar one, bit for bit, and the scalar one
// against a dot product in double precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/panels.h"
#include "kernels/test_levels.h"
#include "tensor/half.h"
#include "tensor/quant_format.h"

namespace bantam::kernels {
namespace {

using Bytes = std::vector<std::byte>;

bool is_integer(DType type) {
  return type == DType::I8 || type == DType::I16 || type == DType::I32 || type == DType::I64;
}

// Random bytes whose decoded values are finite and moderate; small numbers for plain integers.
Bytes random_weights(const QuantFormat& format, std::int64_t count, TestRandom& random) {
  Bytes bytes(static_cast<std::size_t>(format.bytes_for(count)));
  std::vector<float> values(static_cast<std::size_t>(format.block_size));
  for (std::int64_t b = 0; b < count / format.block_size; ++b) {
    std::byte* block = bytes.data() + b * format.block_bytes;
    bool is_moderate = false;
    while (!is_moderate) {
      for (std::int64_t i = 0; i < format.block_bytes; ++i) {
        const bool is_low = !is_integer(format.type) || i == 0;
        block[i] = static_cast<std::byte>(is_low ? random.next() & 255u : 0u);
      }
      format.decode(block, values.data(), format.block_size);
      is_moderate = true;
      for (const float value : values) is_moderate = is_moderate && std::abs(value) < 1000.0f;
    }
  }
  return bytes;
}

// A matrix, activations in a kernel's format, and the plain values that both stand for.
struct Problem {
  const QuantFormat* format;
  ActivationFormat activation_format;
  std::int64_t rows, columns, tokens;
  Bytes weights;
  Bytes activations;
  std::int64_t activation_bytes;
  std::vector<float> activation_values;

  Problem(const QuantFormat& type, const KernelTable& table, std::int64_t row_count,
          std::int64_t column_count, std::int64_t token_count, std::uint64_t seed)
      : format(&type), rows(row_count), columns(column_count), tokens(token_count) {
    TestRandom random(seed);
    activation_format = table.linear[static_cast<std::uint32_t>(type.type)].activation;
    weights = random_weights(type, rows * columns, random);
    for (std::int64_t t = 0; t < tokens; ++t) add_token(random.units(columns), table);
  }

  void add_token(const std::vector<float>& values, const KernelTable& table) {
    if (activation_format == ActivationFormat::F32) {
      append(values.data(), values.size() * sizeof(float));
      activation_values.insert(activation_values.end(), values.begin(), values.end());
    } else if (activation_format == ActivationFormat::BF16) {
      std::vector<std::uint16_t> rounded(static_cast<std::size_t>((columns + 1) / 2 * 2));
      table.round_bf16(values.data(), columns, rounded.data());
      append(rounded.data(), rounded.size() * sizeof rounded[0]);
      for (std::int64_t i = 0; i < columns; ++i) {
        activation_values.push_back(to_float(BFloat16{rounded[static_cast<std::size_t>(i)]}));
      }
    } else if (activation_format == ActivationFormat::Q8x32) {
      std::vector<ActivationQ8x32> blocks(static_cast<std::size_t>(columns / 32));
      table.quantize_q8x32(values.data(), columns, blocks.data());
      append(blocks.data(), blocks.size() * sizeof blocks[0]);
      add_values(blocks);
    } else {
      std::vector<ActivationQ8x256> blocks(static_cast<std::size_t>(columns / 256));
      table.quantize_q8x256(values.data(), columns, blocks.data());
      append(blocks.data(), blocks.size() * sizeof blocks[0]);
      add_values(blocks);
    }
  }

  template <typename Block>
  void add_values(const std::vector<Block>& blocks) {
    for (const Block& block : blocks) {
      for (const std::int8_t value : block.values) {
        activation_values.push_back(block.scale * static_cast<float>(value));
      }
    }
  }

  void append(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::byte*>(data);
    activations.insert(activations.end(), bytes, bytes + size);
    activation_bytes = static_cast<std::int64_t>(size);
  }

  // The whole product by one kernel; the output rows have a gap that must stay untouched.
  std::vector<float> run(const KernelTable& table) const {
    std::vector<float> out(static_cast<std::size_t>(tokens * stride()), -77.0f);
    run_part(table, 0, rows, 0, tokens, out);
    return out;
  }

  void run_part(const KernelTable& table, std::int64_t row_begin, std::int64_t row_end,
                std::int64_t token_begin, std::int64_t token_end, std::vector<float>& out) const {
    const std::int64_t row_bytes = format->bytes_for(columns);
    table.linear[static_cast<std::uint32_t>(format->type)].run(
        {.weights = weights.data(),
         .row_bytes = row_bytes,
         .row_begin = row_begin,
         .row_end = row_end,
         .columns = columns,
         .activations = activations.data() + token_begin * activation_bytes,
         .activation_bytes = activation_bytes,
         .tokens = token_end - token_begin,
         .out = out.data() + token_begin * stride(),
         .out_stride = stride()});
  }

  // The same on the matrix in panels, split where the caller says.
  std::vector<float> run_panels(const KernelTable& table, std::int64_t row_split) const {
    const PanelLayout* layout = panel_layout(format->type);
    const std::int64_t row_bytes = format->bytes_for(columns);
    const std::int64_t panels = (rows + kPanelRows - 1) / kPanelRows;
    Bytes packed(static_cast<std::size_t>(panels * kPanelRows * row_bytes), std::byte{0x55});
    for (std::int64_t p = 0; p < panels; ++p) {  // any division of the work packs the same
      pack_panels(*layout, {weights.data(), row_bytes, rows, p, p + 1, packed.data()});
    }
    std::vector<float> out(static_cast<std::size_t>(tokens * stride()), -77.0f);
    for (const auto& [begin, end] : {std::pair{std::int64_t{0}, row_split}, {row_split, rows}}) {
      table.linear[static_cast<std::uint32_t>(format->type)].run_panels(
          {.weights = packed.data(),
           .row_bytes = row_bytes,
           .row_begin = begin,
           .row_end = end,
           .columns = columns,
           .activations = activations.data(),
           .activation_bytes = activation_bytes,
           .tokens = tokens,
           .out = out.data(),
           .out_stride = stride()});
    }
    return out;
  }

  std::int64_t stride() const { return rows + 3; }
};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// Column counts that reach every path: single blocks, odd counts, more than one tile of columns.
std::vector<std::int64_t> column_counts(const QuantFormat& format) {
  if (format.block_size == 1) return {1, 15, 16, 37, 1030};
  if (format.block_size < 256) return {format.block_size, 3 * format.block_size, 1152};
  return {256, 1280};
}

std::vector<const QuantFormat*> weight_formats() {
  std::vector<const QuantFormat*> formats;
  for (const QuantFormat& format : quant_formats()) {
    if (static_cast<std::uint32_t>(format.type) < kWeightTypeCount) formats.push_back(&format);
  }
  return formats;
}

class Linear : public testing::TestWithParam<const QuantFormat*> {};

TEST_P(Linear, HasAKernelWithTheSameActivationsAtEveryLevel) {
  const auto index = static_cast<std::uint32_t>(GetParam()->type);
  const LinearKernel scalar = kernel_table(CpuLevel::Scalar).linear[index];
  for (const KernelTable& table : available_tables()) {
    ASSERT_NE(table.linear[index].run, nullptr) << table.name;
    EXPECT_EQ(table.linear[index].activation, scalar.activation) << table.name;
  }
}

TEST_P(Linear, ScalarMatchesADoublePrecisionProduct) {
  const KernelTable scalar = kernel_table(CpuLevel::Scalar);
  for (const std::int64_t columns : column_counts(*GetParam())) {
    const Problem problem(*GetParam(), scalar, 5, columns, 2, 11);
    const std::vector<float> out = problem.run(scalar);
    std::vector<float> row(static_cast<std::size_t>(columns));
    for (std::int64_t r = 0; r < problem.rows; ++r) {
      const std::int64_t row_bytes = problem.format->bytes_for(columns);
      problem.format->decode(problem.weights.data() + r * row_bytes, row.data(), columns);
      for (std::int64_t t = 0; t < problem.tokens; ++t) {
        double expected = 0.0;
        double magnitude = 0.0;
        for (std::int64_t i = 0; i < columns; ++i) {
          const double product =
              static_cast<double>(row[static_cast<std::size_t>(i)]) *
              problem.activation_values[static_cast<std::size_t>(t * columns + i)];
          expected += product;
          magnitude += std::abs(product);
        }
        const float found = out[static_cast<std::size_t>(t * problem.stride() + r)];
        EXPECT_NEAR(found, expected, 3e-6 * magnitude + 1e-40) << columns << " columns, row " << r;
      }
    }
  }
}

TEST_P(Linear, EveryLevelEqualsScalarBitForBit) {
  const std::vector<KernelTable> tables = available_tables();
  for (const std::int64_t columns : column_counts(*GetParam())) {
    for (const std::int64_t tokens : {1, 2, 3, 4, 5, 15, 30}) {
      const std::int64_t rows = tokens == 4 ? 37 : tokens == 1 ? 9 : 19;
      const Problem problem(*GetParam(), tables[0], rows, columns, tokens, 5);
      const std::vector<float> expected = problem.run(tables[0]);
      for (const KernelTable& table : tables) {
        EXPECT_TRUE(same_bits(expected, problem.run(table)))
            << table.name << ": " << rows << " rows, " << columns << " columns, " << tokens
            << " tokens";
      }
    }
  }
}

TEST_P(Linear, ResultsDoNotDependOnHowRowsAndTokensAreSplit) {
  for (const KernelTable& table : available_tables()) {
    const std::int64_t columns = GetParam()->block_size == 1 ? 77 : GetParam()->block_size * 5;
    const Problem problem(*GetParam(), table, 21, columns, 9, 3);
    const std::vector<float> expected = problem.run(table);
    for (const std::int64_t row : {1, 8, 13}) {
      for (const std::int64_t token : {1, 4, 6}) {
        std::vector<float> out(expected.size(), -77.0f);
        problem.run_part(table, 0, row, 0, problem.tokens, out);
        problem.run_part(table, row, problem.rows, 0, token, out);
        problem.run_part(table, row, problem.rows, token, problem.tokens, out);
        EXPECT_TRUE(same_bits(expected, out)) << table.name << " " << row << " " << token;
      }
    }
  }
}

TEST_P(Linear, PanelsEqualScalarRowsBitForBit) {
  const QuantFormat& format = *GetParam();
  const std::vector<KernelTable> tables = available_tables();
  for (const KernelTable& table : tables) {
    if (table.linear[static_cast<std::uint32_t>(format.type)].run_panels == nullptr) continue;
    const PanelLayout& layout = *panel_layout(format.type);
    const std::int64_t unit = layout.block_bytes / format.block_bytes * format.block_size;
    for (const std::int64_t blocks : {1, 3, 8, 36}) {
      for (const std::int64_t tokens : {1, 2, 3, 4, 5, 8, 9, 15, 30, 33}) {
        const bool is_large = tokens == 33 && blocks == 8;  // more rows than are unpacked together
        const std::int64_t rows = is_large       ? 300
                                  : tokens == 4  ? 37
                                  : tokens == 1  ? 9
                                  : tokens == 15 ? 80
                                                 : 32;
        const Problem problem(format, tables[0], rows, blocks * unit, tokens, 5);
        const std::vector<float> expected = problem.run(tables[0]);
        for (const std::int64_t split : {std::int64_t{0}, rows / 32 * 16}) {
          EXPECT_TRUE(same_bits(expected, problem.run_panels(table, split)))
              << table.name << ": " << rows << " rows, " << blocks << " blocks, " << tokens
              << " tokens";
        }
      }
    }
  }
}

// More tokens than kernels prepare, or keep in a cache, at once.
TEST_P(Linear, ManyTokensEqualScalarBitForBit) {
  const QuantFormat& format = *GetParam();
  const std::int64_t columns = format.block_size == 1 ? 544 : 3 * format.block_size;
  const std::vector<KernelTable> tables = available_tables();
  const Problem problem(format, tables[0], 5, columns, 197, 5);
  const std::vector<float> expected = problem.run(tables[0]);
  for (const KernelTable& table : tables) {
    EXPECT_TRUE(same_bits(expected, problem.run(table))) << table.name;
    const bool has_panels =
        table.linear[static_cast<std::uint32_t>(format.type)].run_panels != nullptr &&
        format.bytes_for(columns) % panel_layout(format.type)->block_bytes == 0;
    if (!has_panels) continue;
    EXPECT_TRUE(same_bits(expected, problem.run_panels(table, 0))) << table.name << " in panels";
  }
}

// What --exact-bf16 puts in the place of the product with rounded activations.
TEST(Linear, ExactProductsOfBF16EqualScalarBitForBit) {
  std::vector<KernelTable> tables = available_tables();
  constexpr auto kIndex = static_cast<std::uint32_t>(DType::BF16);
  for (KernelTable& table : tables) table.linear[kIndex] = table.exact_bf16;
  for (const std::int64_t columns : {1, 37, 1030}) {
    for (const std::int64_t tokens : {1, 7}) {
      const Problem problem(quant_format(DType::BF16), tables[0], 19, columns, tokens, 5);
      ASSERT_EQ(problem.activation_format, ActivationFormat::F32);
      const std::vector<float> expected = problem.run(tables[0]);
      for (const KernelTable& table : tables) {
        EXPECT_TRUE(same_bits(expected, problem.run(table)))
            << table.name << ": " << columns << " columns, " << tokens << " tokens";
      }
    }
  }
}

// Sums that end, or pass, below the smallest normal number.
TEST(Linear, SubnormalSumsOfBF16AreZeroAtEveryLevel) {
  struct Term {
    std::int64_t column;
    float weight, activation;
  };
  const std::vector<Term> sums[] = {
      {{1, 0x1p-64f, 0x1p-63f}},                                // a product
      {{1, 0x1p-63f, 0x1p-63f}, {0, -0x1p-74f, 0x1p-75f}},      // just below the smallest
      {{1, 0x1p-63f, 0x1p-63f}, {0, -0x1p-75f, 0x1p-75f}},      // which fewer bits would round up
      {{0, 0x1.8p-63f, 0x1p-63f}, {16, -0x1p-63f, 0x1p-63f}},   // of both sums of a block
      {{0, 0x1.8p-63f, 0x1p-63f}, {512, -0x1p-63f, 0x1p-63f}},  // of two blocks
  };
  const std::vector<KernelTable> tables = available_tables();
  for (const std::vector<Term>& terms : sums) {
    for (const std::int64_t tokens : {1, 20}) {
      Problem problem(quant_format(DType::BF16), tables[0], 16, 544, tokens, 1);
      const auto set = [](Bytes& bytes, std::int64_t place, float value) {
        const BFloat16 rounded = to_bfloat16(value);
        std::memcpy(bytes.data() + 2 * place, &rounded, sizeof rounded);
      };
      std::ranges::fill(problem.weights, std::byte{0});
      std::ranges::fill(problem.activations, std::byte{0});
      for (const Term& term : terms) {
        for (std::int64_t row = 0; row < 16; ++row) {
          set(problem.weights, row * 544 + term.column, term.weight);
        }
        for (std::int64_t token = 0; token < tokens; ++token) {
          set(problem.activations, token * 544 + term.column, term.activation);
        }
      }
      for (const KernelTable& table : tables) {
        EXPECT_EQ(problem.run(table)[0], 0) << table.name << ", terms from " << terms[0].weight;
        if (table.linear[static_cast<std::size_t>(DType::BF16)].run_panels == nullptr) continue;
        EXPECT_EQ(problem.run_panels(table, 0)[0], 0) << table.name << " in panels";
      }
    }
  }
}

// What pack_panels takes of a block, piece by piece, is the whole block.
TEST(Panels, HoldEveryByteOfEveryRowOnce) {
  for (const QuantFormat* format : weight_formats()) {
    const PanelLayout* layout = panel_layout(format->type);
    if (layout == nullptr) continue;
    EXPECT_EQ(layout->block_bytes % format->block_bytes, 0) << format->name;
    const std::int64_t row_bytes = 5 * layout->block_bytes;
    TestRandom random(3);
    Bytes rows(static_cast<std::size_t>(20 * row_bytes));
    for (std::byte& byte : rows) byte = static_cast<std::byte>(random.next());
    Bytes panels(static_cast<std::size_t>(32 * row_bytes));
    pack_panels(*layout, {rows.data(), row_bytes, 20, 0, 2, panels.data()});
    for (int repeated = 0; repeated < 12; ++repeated) {
      rows.insert(rows.end(), rows.end() - row_bytes, rows.end());
    }
    std::ranges::sort(rows);
    std::ranges::sort(panels);
    EXPECT_EQ(rows, panels) << format->name;
  }
}

TEST_P(Linear, DecodersEqualTheReferenceBitForBit) {
  const QuantFormat& format = *GetParam();
  TestRandom random(17);
  const std::int64_t count = format.block_size == 1 ? 1003 : format.block_size * 9;
  const Bytes bytes = random_weights(format, count, random);
  std::vector<float> expected(static_cast<std::size_t>(count));
  format.decode(bytes.data(), expected.data(), count);
  for (const KernelTable& table : available_tables()) {
    std::vector<float> values(expected.size());
    table.decode[static_cast<std::uint32_t>(format.type)](bytes.data(), values.data(), count);
    EXPECT_TRUE(same_bits(expected, values)) << table.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Linear, testing::ValuesIn(weight_formats()),
                         [](const auto& test) { return std::string(test.param->name); });

TEST(KernelTable, NumbersThatAreNoTypeHaveNoKernel) {
  for (const KernelTable& table : available_tables()) {
    EXPECT_EQ(table.linear[4].run, nullptr);
    EXPECT_EQ(table.decode[4], nullptr);
  }
}

// Extreme codes: -128 in Q8_0 and the largest sums that 16 bits must hold.
TEST(Linear, ExtremeCodesDoNotOverflow) {
  const std::vector<KernelTable> tables = available_tables();
  for (const QuantFormat* format : weight_formats()) {
    Problem problem(*format, tables[0], 8, 256, 4, 1);
    if (problem.activation_format == ActivationFormat::F32) continue;
    for (const int fill : {0x80, 0xff, 0x7f, 0x00}) {
      TestRandom random(2);
      problem.weights = random_weights(*format, problem.rows * problem.columns, random);
      for (std::int64_t b = 0; b < problem.rows * 256 / format->block_size; ++b) {
        std::byte* block = problem.weights.data() + b * format->block_bytes;
        // Scales stand at the ends of large blocks, and at the beginning of small ones.
        const bool is_large = format->block_size == 256;
        const std::int64_t end = format->block_bytes - (is_large ? 2 : 0);
        for (std::int64_t i = is_large ? 16 : 4; i < end; ++i) {
          block[i] = static_cast<std::byte>(fill);
        }
      }
      problem.activations.clear();
      problem.activation_values.clear();
      for (const float value : {1.0f, -1.0f, 0.5f, 0.0f}) {
        problem.add_token(std::vector<float>(256, value), tables[0]);
      }
      const std::vector<float> expected = problem.run(tables[0]);
      for (const KernelTable& table : tables) {
        EXPECT_TRUE(same_bits(expected, problem.run(table))) << table.name << " " << format->name;
        if (table.linear[static_cast<std::uint32_t>(format->type)].run_panels == nullptr) continue;
        EXPECT_TRUE(same_bits(expected, problem.run_panels(table, 0)))
            << table.name << " " << format->name;
      }
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
