#include "formats/metadata.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"

namespace bantam::formats {
namespace {

using namespace std::string_view_literals;

Metadata sample() {
  Metadata metadata("m.gguf");
  metadata.set("layers", {std::uint64_t{32}, 100, 4});
  metadata.set("whole", {4096.0, 0, 0});
  metadata.set("theta", {5e5, 0, 0});
  metadata.set("negative", {std::int64_t{-1}, 0, 0});
  metadata.set("huge", {std::numeric_limits<std::uint64_t>::max(), 0, 0});
  metadata.set("infinite", {std::numeric_limits<double>::infinity(), 0, 0});
  metadata.set("tied", {true, 0, 0});
  metadata.set("name", {"llama"sv, 0, 0});
  metadata.set("kv_heads", {std::vector<std::int64_t>{8, 4}, 0, 0});
  metadata.set("limits", {std::vector<double>{0.0, std::numeric_limits<double>::infinity()}, 0, 0});
  metadata.set("tokens", {std::vector<std::string_view>{"a", "b"}, 0, 0});
  metadata.set("nothing", {std::vector<double>{}, 0, 0});
  return metadata;
}

template <typename Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::BadFile);
    return error.what();
  }
  return "no error";
}

TEST(Metadata, GivesNothingForAnAbsentKey) {
  const Metadata metadata = sample();
  EXPECT_EQ(metadata.boolean("x"), std::nullopt);
  EXPECT_EQ(metadata.integer("x", 0, 1), std::nullopt);
  EXPECT_EQ(metadata.real("x"), std::nullopt);
  EXPECT_EQ(metadata.text("x"), std::nullopt);
  EXPECT_EQ(metadata.integers("x"), std::nullopt);
  EXPECT_EQ(metadata.reals("x"), std::nullopt);
  EXPECT_EQ(metadata.texts("x"), nullptr);
}

TEST(Metadata, TakesAWholeFloatAsAnInteger) {
  EXPECT_EQ(sample().integer("whole", 0, 10000), 4096);
  EXPECT_EQ(sample().real("layers"), 32.0);
}

TEST(Metadata, NamesFileByteKeyFoundAndExpectedForAValueOutOfRange) {
  EXPECT_EQ(error_of([] { sample().integer("layers", 1, 31); }),
            "m.gguf: byte 100: layers: found 32, expected a whole number from 1 to 31");
  EXPECT_EQ(error_of([] { sample().integer("huge", 0, 31); }),
            "m.gguf: huge: found 18446744073709551615, expected a whole number from 0 to 31");
}

TEST(Metadata, RefusesValuesOfAnotherType) {
  const Metadata m = sample();
  EXPECT_EQ(error_of([&] { m.boolean("layers"); }),
            "m.gguf: byte 100: layers: found 32, expected true or false");
  EXPECT_EQ(error_of([&] { m.text("layers"); }),
            "m.gguf: byte 100: layers: found 32, expected text");
  EXPECT_EQ(error_of([&] { m.integer("tied", 0, 1); }),
            "m.gguf: tied: found true, expected a whole number from 0 to 1");
  EXPECT_EQ(error_of([&] { m.integer("kv_heads", 0, 99); }),
            "m.gguf: kv_heads: found [8, 4], expected a whole number from 0 to 99");
  EXPECT_EQ(error_of([&] { m.integers("tokens"); }),
            "m.gguf: tokens: found [\"a\", \"b\"], expected an array of whole numbers below 2^63");
  EXPECT_EQ(error_of([&] { m.texts("kv_heads"); }),
            "m.gguf: kv_heads: found [8, 4], expected an array of texts");
  EXPECT_EQ(error_of([&] { m.real("infinite"); }),
            "m.gguf: infinite: found inf, expected a finite number");
}

TEST(Metadata, GivesArraysOfNumbersInEitherForm) {
  const Metadata m = sample();
  EXPECT_EQ(m.integers("kv_heads"), (std::vector<std::int64_t>{8, 4}));
  EXPECT_EQ(m.reals("kv_heads"), (std::vector<double>{8, 4}));
  EXPECT_TRUE(std::isinf(m.reals("limits")->at(1)));
  EXPECT_EQ(m.texts("tokens")->size(), 2u);
}

TEST(Metadata, TakesAnEmptyArrayAsOneOfEveryKind) {
  const Metadata m = sample();
  EXPECT_EQ(m.integers("nothing")->size(), 0u);
  EXPECT_EQ(m.reals("nothing")->size(), 0u);
  EXPECT_EQ(m.texts("nothing")->size(), 0u);
}

TEST(Metadata, SaysWhyARequiredKeyIsMissing) {
  Metadata m = sample();
  m.ignore("odd", "an array of several kinds");
  EXPECT_EQ(error_of([&] { m.require_text("x"); }), "m.gguf: x: found no such key, expected text");
  EXPECT_EQ(error_of([&] { m.require_real("odd"); }),
            "m.gguf: odd: found a value that was ignored (an array of several kinds), expected a "
            "finite number");
}

TEST(Metadata, KeepsTheOrderOfTheFileAndThePlaceOfAReplacedKey) {
  Metadata m("m");
  for (const std::string_view key : {"c", "a", "b", "c"}) m.set(key, {key, 0, 0});
  m.erase("a");
  const Metadata moved = std::move(m);
  const auto order = moved.keys_in_file_order();
  EXPECT_EQ(std::vector(order.begin(), order.end()), (std::vector<std::string_view>{"c", "b"}));
}

TEST(Metadata, PrintsLongArraysCut) {
  EXPECT_EQ(to_text(std::vector<std::int64_t>{1, 2, 3}, 2), "[1, 2, … 3 in all]");
  EXPECT_EQ(to_text("a\n"sv), "\"a\\x0a\"");
}

}  // namespace
}  // namespace bantam::formats
