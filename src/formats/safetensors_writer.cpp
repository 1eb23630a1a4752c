#include "formats/safetensors_writer.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"
#include "formats/safetensors_format.h"

namespace bantam::formats {
namespace {

[[noreturn]] void fail(std::string_view name, std::string_view reason) {
  throw Error(ErrorCode::BadInput,
              format("safetensors: {}: {}", bantam::quoted(name, 128), reason));
}

// Place of the type in the table, which is the order of the file.
std::ptrdiff_t type_rank(const TensorHeader& named) {
  const auto* row = std::ranges::find(kSafetensorsTypes, named.type, &SafetensorsType::type);
  if (row == std::end(kSafetensorsTypes)) {
    fail(named.name, "safetensors has no such element type; dequantize the tensor first");
  }
  return row - std::begin(kSafetensorsTypes);
}

// Text as JSON, in quotes.
std::string json_text(std::string_view text) {
  if (!is_valid_utf8(text)) fail(text, "names and metadata must be UTF-8");
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

std::int64_t data_bytes(const TensorHeader& named) {
  return byte_count(named.type, named.shape.element_count());
}

std::string header_text(const std::vector<TensorHeader>& tensors,
                        const std::map<std::string, std::string>& metadata) {
  std::string out = "{";
  if (!metadata.empty()) {
    out += "\"__metadata__\":{";
    for (const auto& [key, value] : metadata) out += json_text(key) + ":" + json_text(value) + ",";
    out.back() = '}';
    out += ',';
  }
  std::int64_t offset = 0;
  for (const TensorHeader& named : tensors) {
    out += json_text(named.name) + ":{\"dtype\":\"";
    out += kSafetensorsTypes[type_rank(named)].name;
    out += "\",\"shape\":[";
    for (int axis = 0; axis < named.shape.rank(); ++axis) {
      out += format(axis == 0 ? "{}" : ",{}", named.shape[axis]);
    }
    const std::int64_t end = offset + data_bytes(named);
    out += format("],\"data_offsets\":[{},{}]},", offset, end);
    offset = end;
  }
  if (out.size() > 1) out.pop_back();  // the last comma
  out += '}';
  out.append((8 - out.size() % 8) % 8, ' ');
  return out;
}

std::vector<TensorHeader> in_file_order(std::vector<TensorHeader> tensors) {
  std::ranges::sort(tensors, {}, [](const TensorHeader& named) {
    return std::pair(type_rank(named), named.name);
  });
  std::vector<std::string_view> names;
  for (const TensorHeader& named : tensors) names.push_back(named.name);
  std::ranges::sort(names);
  const auto twin = std::ranges::adjacent_find(names);
  if (twin != names.end()) fail(*twin, "two tensors have this name");
  if (std::ranges::binary_search(names, "__metadata__"))
    fail("__metadata__", "not a tensor's name");
  return tensors;
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& target,
                                     std::vector<TensorHeader> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : headers_(in_file_order(std::move(tensors))), file_(target) {
  const std::string header = header_text(headers_, metadata);
  const std::uint64_t header_bytes = header.size();
  file_.write(std::as_bytes(std::span(&header_bytes, 1)));
  file_.write(header);
  for (const TensorHeader& named : headers_) {
    missing_ += static_cast<std::uint64_t>(data_bytes(named));
  }
}

void SafetensorsWriter::append(std::span<const std::byte> bytes) {
  if (bytes.size() > missing_) {
    fail("data", format("{} bytes given where {} are missing", bytes.size(), missing_));
  }
  file_.write(bytes);
  missing_ -= bytes.size();
}

void SafetensorsWriter::commit() {
  if (missing_ > 0) fail("data", format("{} bytes are missing", missing_));
  file_.commit();
}

void write_safetensors(const std::filesystem::path& path, std::vector<NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<TensorHeader> headers;
  for (const NamedTensor& named : tensors) {
    headers.push_back({named.name, named.tensor.type, named.tensor.shape});
  }
  SafetensorsWriter writer(path, std::move(headers), metadata);
  std::map<std::string_view, const Tensor*> by_name;
  for (const NamedTensor& named : tensors) by_name.emplace(named.name, &named.tensor);
  for (const TensorHeader& header : writer.headers()) {
    const Tensor& tensor = *by_name.at(header.name);
    writer.append({tensor.data, static_cast<std::size_t>(tensor.byte_count())});
  }
  writer.commit();
}

}  // namespace bantam::formats
