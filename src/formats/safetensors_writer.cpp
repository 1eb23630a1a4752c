#include "formats/safetensors_writer.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/format.h"
#include "formats/safetensors_format.h"
#include "formats/utf8.h"

namespace bantam::formats {
namespace {

[[noreturn]] void fail(std::string_view name, std::string_view reason) {
  throw Error(ErrorCode::BadInput,
              format("safetensors: {}: {}", bantam::quoted(name, 128), reason));
}

// Place of the type in the table, which is the order of the file.
std::ptrdiff_t type_rank(const NamedTensor& named) {
  const auto* row = std::ranges::find(kSafetensorsTypes, named.tensor.type, &SafetensorsType::type);
  if (row == std::end(kSafetensorsTypes)) {
    fail(named.name, "safetensors has no such element type; dequantize the tensor first");
  }
  return row - std::begin(kSafetensorsTypes);
}

// Text as JSON, in quotes.
std::string json_text(std::string_view text) {
  if (!is_utf8(text)) fail(text, "names and metadata must be UTF-8");
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string header_text(const std::vector<NamedTensor>& tensors,
                        const std::map<std::string, std::string>& metadata) {
  std::string out = "{";
  if (!metadata.empty()) {
    out += "\"__metadata__\":{";
    for (const auto& [key, value] : metadata) out += json_text(key) + ":" + json_text(value) + ",";
    out.back() = '}';
    out += ',';
  }
  std::int64_t offset = 0;
  for (const NamedTensor& named : tensors) {
    const Tensor& tensor = named.tensor;
    out += json_text(named.name) + ":{\"dtype\":\"";
    out += kSafetensorsTypes[type_rank(named)].name;
    out += "\",\"shape\":[";
    for (int axis = 0; axis < tensor.shape.rank(); ++axis) {
      out += format(axis == 0 ? "{}" : ",{}", tensor.shape[axis]);
    }
    const std::int64_t end = offset + tensor.byte_count();
    out += format("],\"data_offsets\":[{},{}]},", offset, end);
    offset = end;
  }
  if (out.size() > 1) out.pop_back();  // the last comma
  out += '}';
  out.append((8 - out.size() % 8) % 8, ' ');
  return out;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::vector<NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::ranges::sort(tensors, {}, [](const NamedTensor& named) {
    return std::pair(type_rank(named), named.name);
  });
  std::vector<std::string_view> names;
  for (const NamedTensor& named : tensors) names.push_back(named.name);
  std::ranges::sort(names);
  const auto twin = std::ranges::adjacent_find(names);
  if (twin != names.end()) fail(*twin, "two tensors have this name");
  if (std::ranges::binary_search(names, "__metadata__"))
    fail("__metadata__", "not a tensor's name");

  const std::string header = header_text(tensors, metadata);
  AtomicFile file(path);
  const std::uint64_t header_bytes = header.size();
  file.write(std::as_bytes(std::span(&header_bytes, 1)));
  file.write(header);
  for (const NamedTensor& named : tensors) {
    file.write(std::span<const std::byte>(named.tensor.data,
                                          static_cast<std::size_t>(named.tensor.byte_count())));
  }
  file.commit();
}

}  // namespace bantam::formats
