// A tiny model with its expected results, for tests of the layers that compute.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "formats/gguf_reader.h"
#include "model/model.h"
#include "support/paths.h"

namespace bantam::test {

// One of tests/fixtures/families from its GGUF file.
inline std::shared_ptr<const model::Model> tiny_model(std::string_view family) {
  const auto path = fixture("families") / family / "model.gguf";
  return std::make_shared<const model::Model>(formats::open_gguf(path));
}

}  // namespace bantam::test
