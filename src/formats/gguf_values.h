// Metadata values of a GGUF file as they lie in it; internal to the GGUF reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "formats/gguf_format.h"
#include "formats/metadata.h"

namespace bantam::formats {

// Where a value lies whose bounds have been checked.
struct GgufValuePlace {
  std::string_view key;
  GgufType type = GgufType::U8;  // of the items for an array
  bool is_array = false;
  std::uint64_t count = 1;
  std::uint64_t offset =
      0;  // of the value, or of an array's first item, from the start of the file
};

// The value there; texts view `file`, all bytes of the file.
MetadataValue read_gguf_value(std::span<const std::byte> file, const GgufValuePlace& place);

}  // namespace bantam::formats
