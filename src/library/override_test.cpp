#include "library/override.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace bantam::library {
namespace {

using formats::MetadataValue;

MetadataValue value_of(std::string_view text) {
  formats::Metadata metadata("model.gguf");
  set_override("key=" + std::string(text), metadata);
  const formats::MetadataEntry& entry = metadata.entries().at("key");
  EXPECT_TRUE(entry.is_override);
  const auto* words = std::get_if<std::string_view>(&entry.value);
  if (words == nullptr) return entry.value;
  EXPECT_EQ(*words, text);
  return "text";
}

TEST(Override, TakesTheKindOfItsValueFromItsSpelling) {
  EXPECT_EQ(value_of("true"), MetadataValue(true));
  EXPECT_EQ(value_of("-12"), MetadataValue(std::int64_t{-12}));
  EXPECT_EQ(value_of("12.5e-1"), MetadataValue(1.25));
  EXPECT_EQ(value_of("[true, false]"), MetadataValue(std::vector<bool>{true, false}));
  EXPECT_EQ(value_of("[1,0]"), MetadataValue(std::vector<std::int64_t>{1, 0}));
  EXPECT_EQ(value_of("[1,0.5]"), MetadataValue(std::vector<double>{1, 0.5}));
  for (const char* text : {"yarn", "", "[", "[]", "[a,1]", "12x", "a=b"}) {
    EXPECT_EQ(value_of(text), MetadataValue("text")) << text;
  }
}

TEST(Override, StandsInThePlaceOfTheFilesValue) {
  formats::Metadata metadata("model.gguf");
  metadata.set("llama.block_count", {.value = std::uint64_t{2}});
  set_override("llama.block_count=3", metadata);
  EXPECT_EQ(metadata.integer("llama.block_count", 0, 9), 3);
}

TEST(Override, NeedsAKeyAndAValue) {
  formats::Metadata metadata("model.gguf");
  for (const char* text : {"", "key", "=1"}) {
    EXPECT_THROW(set_override(text, metadata), Error) << text;
  }
}

}  // namespace
}  // namespace bantam::library
