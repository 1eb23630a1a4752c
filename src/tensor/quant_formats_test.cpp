#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <ostream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/format.h"
#include "support/paths.h"
#include "support/safetensors.h"
#include "tensor/half.h"
#include "tensor/quant_format.h"

namespace bantam {
// What GoogleTest writes beside a failed row.
void PrintTo(const QuantFormat& format, std::ostream* out) { *out << format.name; }

namespace {

using test::Safetensors;

std::string test_name(const testing::TestParamInfo<QuantFormat>& info) {
  return std::string(info.param.name);
}

std::vector<QuantFormat> all_rows() { return {quant_formats().begin(), quant_formats().end()}; }

// Those of GGUF, which other programs decode. Layouts of our own are held against such programs in
// tests/quantized_folders_test.cpp.
std::vector<QuantFormat> gguf_rows() {
  std::vector<QuantFormat> rows = all_rows();
  std::erase_if(rows, [](const QuantFormat& row) { return is_memory_type(row.type); });
  return rows;
}

std::vector<QuantFormat> rows_with_encoder() {
  std::vector<QuantFormat> out;
  for (const QuantFormat& row : quant_formats()) {
    if (row.encode != nullptr) out.push_back(row);
  }
  return out;
}

// f32 is stored as it is: no reference file.
std::vector<QuantFormat> rows_with_reference_encoder() {
  std::vector<QuantFormat> out = rows_with_encoder();
  std::erase_if(out, [](const QuantFormat& row) { return row.type == DType::F32; });
  return out;
}

// Bit equality, but a NaN equals any NaN.
bool same(float a, float b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return float_to_bits(a) == float_to_bits(b);
}

// Decodes each row of a file made with llama.cpp (tests/fixtures/quant/README.md).
void check_decoding(const QuantFormat& format, const std::filesystem::path& path) {
  const Safetensors file(path);
  const std::vector<float> expected = file.floats("values");
  const auto blocks = file.bytes("blocks");
  const auto count = static_cast<std::int64_t>(expected.size());
  ASSERT_EQ(static_cast<std::int64_t>(blocks.size()), format.bytes_for(count));
  const std::vector<std::string> names = test::parse_string_list(file.metadata().at("rows"));
  std::vector<float> values(expected.size());
  format.decode(blocks.data(), values.data(), count);
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_TRUE(same(values[i], expected[i]))
        << path << ": row " << i / 512 << " (" << names[i / 512] << "), value " << i % 512
        << ": found " << std::hexfloat << values[i] << ", expected " << expected[i];
  }
}

// The reference converts out-of-range floats to integers in these rows, which C leaves undefined.
bool is_informative(const std::string& row) {
  return row == "subnormal 1e-41" || row == "huge 1e30";
}

void check_encoding(const QuantFormat& format, const std::filesystem::path& path) {
  const Safetensors file(path);
  const std::vector<float> input = file.floats("input");
  const auto expected = file.bytes("blocks");
  const std::vector<std::string> names = test::parse_string_list(file.metadata().at("rows"));
  const std::size_t columns = input.size() / names.size();
  const auto row_bytes =
      static_cast<std::size_t>(format.bytes_for(static_cast<std::int64_t>(columns)));
  ASSERT_EQ(expected.size(), row_bytes * names.size());
  std::vector<std::byte> blocks(row_bytes);
  for (std::size_t row = 0; row < names.size(); ++row) {
    format.encode(input.data() + row * columns, blocks.data(), static_cast<std::int64_t>(columns));
    if (format.block_size > 1 && is_informative(names[row])) continue;
    const auto reference = expected.subspan(row * row_bytes, row_bytes);
    const auto [found, wanted] = std::mismatch(blocks.begin(), blocks.end(), reference.begin());
    ASSERT_TRUE(found == blocks.end())
        << path << ": row " << row << " (" << names[row] << "), byte " << found - blocks.begin()
        << ": found " << static_cast<int>(*found) << ", expected " << static_cast<int>(*wanted);
  }
}

TEST(QuantFormats, AreInTheOrderOfTheirIds) {
  const auto rows = quant_formats();
  for (std::size_t i = 1; i < rows.size(); ++i) EXPECT_LT(rows[i - 1].type, rows[i].type);
}

TEST(QuantFormats, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const QuantFormat& row : quant_formats()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
  }
}

TEST(QuantFormats, AreFoundByTypeAndByNameInAnyCase) {
  for (const QuantFormat& row : quant_formats()) {
    EXPECT_EQ(find_quant_format(row.type), &row);
    EXPECT_EQ(&quant_format(row.type), &row);
    EXPECT_EQ(find_quant_format(row.name), &row);
    std::string upper(row.name);
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(find_quant_format(upper), &row);
  }
}

TEST(QuantFormats, HaveNoRowForNumbersAndNamesThatAreNone) {
  for (const std::uint32_t id :
       {4u, 5u, 31u, 36u, 38u, 43u, 99u, 115u, 999u, 1007u, 1001u, 1005u, 0xffffffffu}) {
    EXPECT_EQ(find_quant_format(static_cast<DType>(id)), nullptr) << id;
  }
  for (const std::string_view name : {"", "q4", "q4_kk", "q4_k_m", "q4_k "}) {
    EXPECT_EQ(find_quant_format(name), nullptr) << name;
  }
}

TEST(QuantFormats, EveryStoredTypeHasARow) {
  EXPECT_EQ(gguf_rows().size(), 35u);
  EXPECT_EQ(all_rows().size(), 35u + 15u);
}

class GgufType : public testing::TestWithParam<QuantFormat> {};
INSTANTIATE_TEST_SUITE_P(All, GgufType, testing::ValuesIn(gguf_rows()), test_name);

class StoredType : public testing::TestWithParam<QuantFormat> {};
INSTANTIATE_TEST_SUITE_P(All, StoredType, testing::ValuesIn(all_rows()), test_name);

TEST_P(GgufType, DecodesToTheBitsOfTheReference) {
  check_decoding(GetParam(), test::fixture(format("quant/decode/{}.safetensors", GetParam().name)));
}

TEST_P(GgufType, DecodesEveryReferenceRow) {
  BANTAM_NEEDS_SHARED("reference/quant/decode");
  check_decoding(GetParam(),
                 test::shared(format("reference/quant/decode/{}.safetensors", GetParam().name)));
}

TEST_P(StoredType, DecodesAnyBytesAtAnyAddressAndTouchesNothingElse) {
  const QuantFormat& format = GetParam();
  const std::int64_t count = 3 * format.block_size;
  const auto byte_count = static_cast<std::size_t>(format.bytes_for(count));
  std::mt19937 random(7);
  std::vector<std::byte> aligned(byte_count);
  for (std::byte& byte : aligned) byte = static_cast<std::byte>(random());
  std::vector<std::byte> shifted(byte_count + 1);
  std::copy(aligned.begin(), aligned.end(), shifted.begin() + 1);
  std::vector<float> from_aligned(static_cast<std::size_t>(count) + 1, -12345.0f);
  std::vector<float> from_shifted = from_aligned;

  format.decode(aligned.data(), from_aligned.data(), count);
  format.decode(shifted.data() + 1, from_shifted.data(), count);

  for (std::size_t i = 0; i < from_aligned.size(); ++i) {
    ASSERT_TRUE(same(from_aligned[i], from_shifted[i])) << i;
  }
  EXPECT_EQ(from_aligned.back(), -12345.0f);
}

TEST_P(StoredType, DecodesNothingFromNothing) { GetParam().decode(nullptr, nullptr, 0); }

class QuantizedType : public testing::TestWithParam<QuantFormat> {};
INSTANTIATE_TEST_SUITE_P(All, QuantizedType, testing::ValuesIn(rows_with_reference_encoder()),
                         test_name);

TEST_P(QuantizedType, EncodesToTheBytesOfTheReference) {
  check_encoding(GetParam(), test::fixture(format("quant/encode/{}.safetensors", GetParam().name)));
}

TEST_P(QuantizedType, EncodesEveryReferenceRow) {
  BANTAM_NEEDS_SHARED("reference/quant/quantize");
  check_encoding(GetParam(),
                 test::shared(format("reference/quant/quantize/{}.safetensors", GetParam().name)));
}

class EncodedType : public testing::TestWithParam<QuantFormat> {};
INSTANTIATE_TEST_SUITE_P(All, EncodedType, testing::ValuesIn(rows_with_encoder()), test_name);

// The largest error of a round trip, as a part of the largest magnitude of the block: half a step,
// a whole one where the end of the range is cut off, and what rounding scale and minimum to half
// adds.
double round_trip_bound(std::string_view name) {
  constexpr double kScale = 0x1p-11, kScaleAndMin = 0x1.8p-10;
  static const std::map<std::string_view, double> kBounds = {{"f32", 0.0},
                                                             {"f16", 0x1p-11},
                                                             {"bf16", 0x1p-8},
                                                             {"q8_0", 0.5 / 127 + kScale},
                                                             {"q4_0", 1.0 / 8 + kScale},
                                                             {"q5_0", 1.0 / 16 + kScale},
                                                             {"q4_1", 1.0 / 15 + kScaleAndMin},
                                                             {"q5_1", 1.0 / 31 + kScaleAndMin}};
  return kBounds.at(name);
}

TEST_P(EncodedType, KeepsValuesWithinTheBoundOfTheFormat) {
  const QuantFormat& format = GetParam();
  const double bound = round_trip_bound(format.name);
  constexpr double half_of_smallest_half = 0x1p-25;
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<std::size_t>(format.block_size)), back(values.size());
  std::vector<std::byte> blocks(static_cast<std::size_t>(format.block_bytes));
  for (int trial = 0; trial < 5000; ++trial) {
    const float size = std::ldexp(1.0f, trial % 20 - 8);
    float peak = 0.0f;
    for (float& value : values) {
      value = normal(random) * size;
      peak = std::max(peak, std::fabs(value));
    }
    format.encode(values.data(), blocks.data(), format.block_size);
    format.decode(blocks.data(), back.data(), format.block_size);
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_LE(std::fabs(static_cast<double>(values[i]) - static_cast<double>(back[i])),
                bound * static_cast<double>(peak) + half_of_smallest_half)
          << "trial " << trial << ", value " << i;
    }
  }
}

TEST_P(EncodedType, EncodesValuesThatAreNoNumbersWithoutHarm) {
  const QuantFormat& format = GetParam();
  const float odd[] = {NAN, INFINITY, -INFINITY, 1e38f, -1e38f, 1e-45f, 0.0f, -0.0f, 1.0f};
  std::mt19937 random(5);
  std::vector<float> values(static_cast<std::size_t>(format.block_size)), back(values.size());
  std::vector<std::byte> blocks(static_cast<std::size_t>(format.block_bytes));
  for (int trial = 0; trial < 2000; ++trial) {
    for (float& value : values) value = odd[random() % std::size(odd)];
    format.encode(values.data(), blocks.data(), format.block_size);
    format.decode(blocks.data(), back.data(), format.block_size);
  }
}

}  // namespace
}  // namespace bantam
