#include "formats/gguf_values.h"

#include <cstring>
#include <string>
#include <vector>

namespace bantam::formats {
namespace {

template <typename T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// `count` numbers stored as Stored, each as the wider Wide.
template <typename Stored, typename Wide>
MetadataValue widened(const std::byte* from, const GgufValuePlace& place) {
  if (!place.is_array) return static_cast<Wide>(load<Stored>(from));
  std::vector<Wide> values(place.count);
  for (std::uint64_t i = 0; i < place.count; ++i) {
    values[i] = static_cast<Wide>(load<Stored>(from + i * sizeof(Stored)));
  }
  return values;
}

std::string_view load_text(const std::byte*& from) {
  const auto length = load<std::uint64_t>(from);
  const char* const start = reinterpret_cast<const char*>(from + sizeof length);
  from += sizeof length + length;
  return {start, length};
}

MetadataValue texts(const std::byte* from, const GgufValuePlace& place) {
  if (!place.is_array) return load_text(from);
  std::vector<std::string_view> values(place.count);
  for (std::string_view& value : values) value = load_text(from);
  return values;
}

}  // namespace

MetadataValue read_gguf_value(std::span<const std::byte> file, const GgufValuePlace& place) {
  const std::byte* const from = file.data() + place.offset;
  switch (place.type) {
    case GgufType::U8:
      return widened<std::uint8_t, std::uint64_t>(from, place);
    case GgufType::I8:
      return widened<std::int8_t, std::int64_t>(from, place);
    case GgufType::U16:
      return widened<std::uint16_t, std::uint64_t>(from, place);
    case GgufType::I16:
      return widened<std::int16_t, std::int64_t>(from, place);
    case GgufType::U32:
      return widened<std::uint32_t, std::uint64_t>(from, place);
    case GgufType::I32:
      return widened<std::int32_t, std::int64_t>(from, place);
    case GgufType::F32:
      return widened<float, double>(from, place);
    case GgufType::Bool:
      return widened<std::uint8_t, bool>(from, place);
    case GgufType::U64:
      return widened<std::uint64_t, std::uint64_t>(from, place);
    case GgufType::I64:
      return widened<std::int64_t, std::int64_t>(from, place);
    case GgufType::F64:
      return widened<double, double>(from, place);
    default:
      return texts(from, place);  // the header's checks leave no array of arrays
  }
}

}  // namespace bantam::formats
