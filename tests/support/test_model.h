// A tiny model with its expected results, for tests of the layers that compute.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "formats/gguf_reader.h"
#include "model/model.h"
#include "support/paths.h"
#include "support/temporary_folder.h"

namespace bantam::test {

// One of tests/fixtures/families from its GGUF file.
inline std::shared_ptr<const model::Model> tiny_model(std::string_view family) {
  const auto path = fixture("families") / family / "model.gguf";
  return std::make_shared<const model::Model>(formats::open_gguf(path));
}

// The same with a NaN for every weight of one row of a matrix of floats.
inline std::shared_ptr<const model::Model> damaged_model(std::string_view family,
                                                         std::string_view matrix,
                                                         std::int64_t row) {
  const auto path = fixture("families") / family / "model.gguf";
  const formats::TensorFile whole = formats::open_gguf(path);
  const formats::TensorEntry& entry = *whole.find(matrix);
  const auto bytes = whole.files()[0].bytes();
  std::vector<std::byte> damaged(bytes.begin(), bytes.end());
  const std::int64_t row_bytes = entry.tensor.row_bytes();
  std::fill_n(damaged.begin() + static_cast<std::int64_t>(entry.offset) + row * row_bytes,
              row_bytes, std::byte{0xff});
  const TemporaryFolder folder;
  return std::make_shared<const model::Model>(
      formats::open_gguf(folder.write("model.gguf", damaged)));
}

}  // namespace bantam::test
