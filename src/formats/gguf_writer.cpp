#include "formats/gguf_writer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "base/format.h"
#include "base/limits.h"
#include "formats/names.h"
#include "tensor/quant_format.h"

namespace bantam::formats {
namespace {

template <typename T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_text(std::string& out, std::string_view text) {
  put<std::uint64_t>(out, text.size());
  out += text;
}

// Appends `value` as Stored and says whether it fits without loss of its meaning.
template <typename Stored, typename Held>
bool put_number(std::string& out, Held value) {
  if constexpr (std::is_floating_point_v<Stored> != std::is_floating_point_v<Held>) {
    return false;
  } else if constexpr (std::is_floating_point_v<Stored>) {
    put(out, static_cast<Stored>(value));
    return true;
  } else {
    put(out, static_cast<Stored>(value));
    return std::in_range<Stored>(value);
  }
}

template <typename Held>
bool put_item(std::string& out, Held item, GgufType type) {
  if constexpr (std::is_same_v<Held, std::string_view>) {
    if (type != GgufType::Text) return false;
    put_text(out, item);
    return true;
  } else if constexpr (std::is_same_v<Held, bool>) {
    put<std::uint8_t>(out, item ? 1 : 0);
    return type == GgufType::Bool;
  } else {
    switch (type) {
      case GgufType::U8:
        return put_number<std::uint8_t>(out, item);
      case GgufType::I8:
        return put_number<std::int8_t>(out, item);
      case GgufType::U16:
        return put_number<std::uint16_t>(out, item);
      case GgufType::I16:
        return put_number<std::int16_t>(out, item);
      case GgufType::U32:
        return put_number<std::uint32_t>(out, item);
      case GgufType::I32:
        return put_number<std::int32_t>(out, item);
      case GgufType::U64:
        return put_number<std::uint64_t>(out, item);
      case GgufType::I64:
        return put_number<std::int64_t>(out, item);
      case GgufType::F32:
        return put_number<float>(out, item);
      case GgufType::F64:
        return put_number<double>(out, item);
      default:
        return false;
    }
  }
}

// Type and value as they lie in the file; nothing where the value is not of the type.
std::optional<std::string> encoded(const MetadataValue& value, GgufType type) {
  std::string out;
  const bool fits = std::visit(
      [&](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (requires { typename Held::value_type; } &&
                      !std::is_same_v<Held, std::string_view>) {
          using Item = typename Held::value_type;
          put(out, GgufType::Array);
          put(out, type);
          put<std::uint64_t>(out, held.size());
          return std::ranges::all_of(held,
                                     [&](auto&& item) { return put_item<Item>(out, item, type); });
        } else {
          put(out, type);
          return put_item<Held>(out, held, type);
        }
      },
      value);
  return fits ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

void GgufWriter::fail(std::string_view what, std::string_view reason) const {
  throw Error(ErrorCode::BadInput, format("{}: {}: {}", name_, what, reason));
}

void GgufWriter::set(std::string_view key, const MetadataValue& value, GgufType type) {
  if (header_written_ || !infos_.empty()) fail(key, "keys come before tensors");
  if (!is_name(key) || key.size() > limits::kGgufKeyBytesMax) {
    fail(bantam::quoted(key), "not a key: expected UTF-8 text without control characters");
  }
  auto bytes = encoded(value, type);
  if (!bytes) {
    fail(key, format("{} cannot be stored as {}", to_text(value), gguf_type_name(type)));
  }
  if (key == "general.alignment") {
    const auto* alignment = std::get_if<std::uint64_t>(&value);
    if (alignment == nullptr || type != GgufType::U32 || !std::has_single_bit(*alignment) ||
        *alignment < limits::kGgufAlignmentMin || *alignment > limits::kGgufAlignmentMax) {
      fail(key, "expected a u32 power of two from 8 to 4096");
    }
    alignment_ = *alignment;
  }
  const auto place = std::ranges::find(key_values_, key, &KeyValue::key);
  if (place != key_values_.end()) {
    place->bytes = std::move(*bytes);
  } else {
    key_values_.push_back({std::string(key), std::move(*bytes)});
  }
}

void GgufWriter::set_all(const Metadata& metadata) {
  for (const std::string_view key : metadata.keys_in_file_order()) {
    const MetadataEntry& entry = metadata.entries().find(key)->second;
    set(key, entry.value, static_cast<GgufType>(entry.gguf_type));
  }
}

void GgufWriter::declare(std::string_view name, DType type, const Shape& shape) {
  if (header_written_) fail(name, "tensors are declared before any data");
  if (!is_name(name) || name.size() > limits::kGgufNameBytesMax) {
    fail(bantam::quoted(name, 128), "not a tensor name: expected at most 128 bytes of UTF-8");
  }
  if (std::ranges::find(infos_, name, &TensorInfo::name) != infos_.end()) {
    fail(name, "two tensors have this name");
  }
  if (is_memory_type(type) || find_quant_format(type) == nullptr) {
    fail(name, "GGUF has no such element type; convert the tensor first");
  }
  const QuantFormat& row_format = quant_format(type);
  if (shape.rank() == 0 || shape.element_count() <= 0 ||
      shape.columns() % row_format.block_size != 0) {
    fail(name, format("{} of {} cannot be stored: rows must be a multiple of {} values",
                      bantam::to_text(shape), row_format.name, row_format.block_size));
  }
  const auto bytes = static_cast<std::uint64_t>(row_format.bytes_for(shape.element_count()));
  infos_.push_back({std::string(name), type, shape, bytes, data_bytes_});
  data_bytes_ += (bytes + alignment_ - 1) / alignment_ * alignment_;
}

void GgufWriter::write_header() {
  std::string out(kGgufMagic);
  put(out, kGgufVersion);
  put<std::uint64_t>(out, infos_.size());
  put<std::uint64_t>(out, key_values_.size());
  for (const KeyValue& entry : key_values_) {
    put_text(out, entry.key);
    out += entry.bytes;
  }
  for (const TensorInfo& info : infos_) {
    put_text(out, info.name);
    put(out, static_cast<std::uint32_t>(info.shape.rank()));
    for (int axis = info.shape.rank() - 1; axis >= 0; --axis) {
      put(out, static_cast<std::uint64_t>(info.shape[axis]));
    }
    put(out, info.type);
    put(out, info.data_offset);
  }
  file_.write(out);
  pad();
  header_written_ = true;
}

void GgufWriter::pad() {
  const std::string zeros((alignment_ - file_.size() % alignment_) % alignment_, '\0');
  file_.write(zeros);
}

void GgufWriter::append(std::span<const std::byte> bytes) {
  if (!header_written_) write_header();
  if (current_ == infos_.size()) fail("data", "every declared tensor is complete");
  const TensorInfo& info = infos_[current_];
  if (bytes.size() > info.bytes - current_bytes_) {
    fail(info.name,
         format("{} bytes given where {} are missing", bytes.size(), info.bytes - current_bytes_));
  }
  file_.write(bytes);
  current_bytes_ += bytes.size();
  if (current_bytes_ < info.bytes) return;
  pad();
  ++current_;
  current_bytes_ = 0;
}

void GgufWriter::commit() {
  if (!header_written_) write_header();
  if (current_ != infos_.size()) fail(infos_[current_].name, "its data is missing or incomplete");
  file_.commit();
}

}  // namespace bantam::formats
