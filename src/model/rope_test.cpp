#include "model/rope.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "model/conversion/rope_divisors.h"

namespace bantam::model {
namespace {

// A folder that states nothing but a rope for layers of full attention.
formats::TensorFile folder_of(std::string_view rope_type, double rotated_part,
                              std::optional<double> factor = {}) {
  const std::string place = "rope_parameters.full_attention.";
  formats::Metadata metadata("config.json");
  metadata.set(place + "rope_type", {.value = rope_type});
  metadata.set(place + "rope_theta", {.value = 1e6});
  metadata.set(place + "partial_rotary_factor", {.value = rotated_part});
  if (factor) metadata.set(place + "factor", {.value = *factor});
  return {formats::SourceFormat::HuggingFace, std::move(metadata), {}, {}};
}

RopeSpec rope_of(const formats::TensorFile& folder, std::int64_t head_size) {
  return read_rope(HyperParameters(folder, TensorNames()), {}, head_size, "full_attention");
}

// Expects pair i to turn at base^(-2i / size) / factor for the first pairs, the others to stand.
void expect_frequencies(const RopeSpec& spec, std::size_t pairs, std::size_t turning, double size,
                        double factor) {
  const std::vector<float> found = rope_frequencies(spec, {}).inverse_frequencies;
  ASSERT_EQ(found.size(), pairs);
  for (std::size_t i = 0; i < pairs; ++i) {
    const double expected =
        i < turning ? std::pow(1e6, -2 * static_cast<double>(i) / size) / factor : 0;
    EXPECT_FLOAT_EQ(found[i], static_cast<float>(expected)) << "pair " << i;
  }
}

TEST(ProportionalRope, TurnsTheFirstPairsOfTheWholeHead) {
  expect_frequencies(rope_of(folder_of("proportional", 0.25), 16), 8, 2, 16, 1);
}

TEST(ProportionalRope, DividesByItsFactor) {
  expect_frequencies(rope_of(folder_of("proportional", 0.5, 8.0), 16), 8, 4, 16, 8);
}

TEST(ProportionalRope, DiffersFromOneThatRotatesOnlyAPartOfTheHead) {
  expect_frequencies(rope_of(folder_of("default", 0.25), 16), 2, 2, 4, 1);
}

TEST(ProportionalRope, IsThatOfTheDivisorsInItsGgufFile) {
  const RopeSpec folder = rope_of(folder_of("proportional", 0.25), 16);
  const RopeSpec gguf{.rotated_size = 16, .base = 1e6, .scaling = {}};
  const std::vector<float> expected = rope_frequencies(folder, {}).inverse_frequencies;
  const std::vector<float> found =
      rope_frequencies(gguf, still_divisors(folder)).inverse_frequencies;
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-30);
}

TEST(ProportionalRope, NeedsHeadsOfAnEvenSize) {
  EXPECT_THROW(rope_of(folder_of("proportional", 0.4), 15), Error);
}

}  // namespace
}  // namespace bantam::model
