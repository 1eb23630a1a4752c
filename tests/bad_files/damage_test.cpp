// Good files cut anywhere and with any bit turned over.
#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "base/mapped_file.h"
#include "formats/gguf_reader.h"
#include "formats/safetensors_reader.h"
#include "support/paths.h"

namespace bantam {
namespace {

using Bytes = std::span<const std::byte>;

struct Format {
  std::string name;
  std::string model;
  void (*read)(Bytes);
  std::uint64_t (*header_bytes)(Bytes);
};

void read_gguf(Bytes bytes) { formats::read_gguf("f", bytes); }
void read_safetensors(Bytes bytes) { formats::read_safetensors("f", bytes); }

std::uint64_t gguf_header_bytes(Bytes bytes) {
  return formats::read_gguf("f", bytes).tensors().front().offset;
}
std::uint64_t safetensors_header_bytes(Bytes bytes) {
  return formats::read_safetensors("f", bytes).tensors().front().offset;
}

class Damage : public testing::TestWithParam<Format> {
 protected:
  Damage() : file_(test::fixture(GetParam().model)) {}
  Bytes bytes() const { return file_.bytes(); }
  std::uint64_t header_bytes() const { return GetParam().header_bytes(bytes()); }
  bool is_read(Bytes bytes) const {
    try {
      GetParam().read(bytes);
      return true;
    } catch (const Error&) {
      return false;
    }
  }

 private:
  MappedFile file_;
};

TEST_P(Damage, CutAtAnyByteOfTheHeaderIsRefused) {
  ASSERT_TRUE(is_read(bytes()));
  for (std::uint64_t size = 0; size <= header_bytes(); ++size) {
    ASSERT_FALSE(is_read(bytes().first(size))) << size;
  }
}

TEST_P(Damage, CutAtAThousandPlacesOfTheDataIsRefused) {
  const std::uint64_t start = header_bytes();
  const std::uint64_t data_bytes = bytes().size() - start;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t size = start + data_bytes * i / 1000;
    ASSERT_FALSE(is_read(bytes().first(size))) << size;
  }
  ASSERT_FALSE(is_read(bytes().first(bytes().size() - 1)));
}

TEST_P(Damage, OfASingleBitIsAnErrorOrHarmless) {
  constexpr std::uint32_t kSeed = 1;
  std::mt19937_64 random(kSeed);
  std::vector<std::byte> damaged(bytes().begin(), bytes().end());
  std::uniform_int_distribution<std::uint64_t> places(0, header_bytes() * 8 - 1);
  std::uint64_t refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t place = places(random);
    const std::byte bit{static_cast<std::uint8_t>(1u << (place % 8))};
    damaged[place / 8] ^= bit;
    if (!is_read(damaged)) ++refused;
    damaged[place / 8] ^= bit;
  }
  EXPECT_GT(refused, 1000u) << "seed " << kSeed;
}

INSTANTIATE_TEST_SUITE_P(Formats, Damage,
                         testing::Values(Format{"gguf", "families/smollm2/model.gguf", read_gguf,
                                                gguf_header_bytes},
                                         Format{"safetensors", "families/smollm2/model.safetensors",
                                                read_safetensors, safetensors_header_bytes}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace bantam
