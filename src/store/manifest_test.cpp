#include "store/manifest.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace bantam::store {
namespace {

const std::string kHex(64, 'a');

std::string with_layers(const std::string& layers) {
  return R"({"schemaVersion":2,"config":{"digest":"sha256:)" + kHex + R"(","size":1},"layers":)" +
         layers + "}";
}

TEST(Digest, HasOneForm) {
  EXPECT_EQ(sha256_of("abc").text(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const Digest digest = sha256_of("");
  EXPECT_EQ(Digest::try_parse(digest.text()), digest);
  EXPECT_EQ(Digest::try_parse(digest.file_name()), digest);
  for (const std::string& bad :
       {std::string(), std::string("sha256:"), "sha256:" + std::string(63, 'a'),
        "sha256:" + std::string(65, 'a'), "sha256:" + std::string(64, 'A'),
        "sha256:" + std::string(62, 'a') + "/.", "sha512:" + kHex, kHex, "sha256:../" + kHex,
        "sha256_" + kHex, " sha256:" + kHex}) {
    EXPECT_FALSE(Digest::try_parse(bad)) << bad;
  }
}

TEST(Manifest, SurvivesWritingAndReading) {
  const Digest digest = sha256_of("x");
  const Manifest made{.config = make_layer("", digest, 5),
                      .layers = {make_layer(layer::kModel, digest, 5),
                                 make_layer(layer::kLicense, sha256_of("y"), 7)}};
  const Manifest read = parse_manifest(manifest_text(made), "test");
  ASSERT_EQ(read.layers.size(), 2U);
  EXPECT_EQ(read.size(), 17U);
  EXPECT_EQ(read.blobs().size(), 2U);
  ASSERT_NE(read.find(layer::kLicense), nullptr);
  EXPECT_EQ(read.find(layer::kLicense)->size, 7U);
  EXPECT_EQ(read.find(layer::kSystem), nullptr);
}

TEST(Manifest, RefusesWhatIsNone) {
  const std::string good = with_layers("[]");
  EXPECT_NO_THROW(parse_manifest(good, "test"));
  const std::string bad[] = {
      "",
      "{",
      "[]",
      "null",
      "<html>not found</html>",
      R"({"schemaVersion":1})",
      R"({"schemaVersion":2})",
      R"({"schemaVersion":2,"config":{}})",
      with_layers("{}"),
      with_layers("[1]"),
      with_layers("[{}]"),
      with_layers(R"([{"digest":"sha256:../../../etc/passwd","size":1}])"),
      with_layers(R"([{"digest":"sha256-)" + kHex + R"(","size":1}])"),
      with_layers(R"([{"digest":"sha256:)" + kHex + R"(","size":-1}])"),
      with_layers(R"([{"digest":"sha256:)" + kHex + R"(","size":1.5}])"),
      with_layers(R"([{"digest":"sha256:)" + kHex + R"(","size":"1"}])"),
      with_layers(R"([{"digest":"sha256:)" + kHex + R"(","size":18446744073709551615}])"),
      with_layers(R"([{"digest":"sha256:)" + kHex + R"("}])"),
      R"({"manifests":[]})",
      std::string(200, '[') + std::string(200, ']'),
      R"({"schemaVersion":2,"mediaType":"text/html","config":{"digest":"sha256:)" + kHex +
          R"(","size":1},"layers":[]})"};
  for (const std::string& text : bad) EXPECT_THROW(parse_manifest(text, "test"), Error) << text;
}

TEST(Parameters, KeepTheirKinds) {
  const Parameters read = parse_parameters(
      R"({"temperature":0.5,"num_ctx":4096,"stop":["a","b"],"use_mmap":true,"x":null})", "test");
  ASSERT_EQ(read.size(), 4U);
  EXPECT_EQ(std::get<double>(read[0].second), 0.5);
  EXPECT_EQ(std::get<std::int64_t>(read[1].second), 4096);
  EXPECT_EQ(std::get<std::vector<std::string>>(read[2].second).back(), "b");
  EXPECT_EQ(parse_parameters(parameters_json(read), "test"), read);
  EXPECT_THROW(parse_parameters(R"({"stop":[1]})", "test"), Error);
  EXPECT_THROW(parse_parameters("[]", "test"), Error);
}

}  // namespace
}  // namespace bantam::store
