#include "formats/gguf_header.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <set>
#include <utility>

#include "base/byte_view.h"
#include "base/checked.h"
#include "base/error.h"
#include "base/format.h"
#include "base/limits.h"
#include "formats/gguf_format.h"
#include "formats/gguf_values.h"
#include "formats/names.h"
#include "tensor/quant_format.h"

namespace bantam::formats {
namespace {

constexpr std::uint64_t kExtentMax = std::numeric_limits<std::int64_t>::max();

// Keys whose type every reader relies on.
struct KnownKey {
  std::string_view key;
  GgufType type;
};
constexpr KnownKey kKnownKeys[] = {
    {"general.alignment", GgufType::U32}, {"general.architecture", GgufType::Text},
    {"general.file_type", GgufType::U32}, {"general.name", GgufType::Text},
    {"general.type", GgufType::Text},     {"general.quantization_version", GgufType::U32},
};

// Types that GGUF once had.
struct RemovedType {
  std::uint32_t id;
  std::string_view name;
};
constexpr RemovedType kRemovedTypes[] = {
    {4, "q4_2"},      {5, "q4_3"},        {31, "q4_0_4_4"},   {32, "q4_0_4_8"},
    {33, "q4_0_8_8"}, {36, "iq4_nl_4_4"}, {37, "iq4_nl_4_8"}, {38, "iq4_nl_8_8"},
};

struct TensorInfo {
  std::string_view name;
  DType type = DType::F32;
  Shape shape;
  std::uint64_t bytes = 0;
  std::uint64_t data_offset = 0;  // from the start of the data section
  std::uint64_t place = 0;        // of the data_offset field, from the start of the file
};

std::string tensor_field(std::string_view name, std::string_view field) {
  return format("{}: {}", name, field);
}

// Some converters keep a whole tokenizer.json as one text.
std::uint64_t text_bytes_max(std::string_view key) {
  return key == "tokenizer.huggingface.json" ? limits::kTokenizerJsonBytesMax
                                             : limits::kGgufTextBytesMax;
}

// Reads and checks the header front to back, and only then builds anything. One thread at a time.
class HeaderParser {
 public:
  HeaderParser(const std::string& name, std::span<const std::byte> bytes)
      : bytes_(bytes), view_(name, bytes) {}

  GgufHeader parse(GgufContent content);

 private:
  void read_preamble();
  void read_version();
  std::uint64_t read_count(std::string_view field, std::uint64_t limit, std::uint64_t item_bytes);
  void read_key_values();
  GgufValuePlace read_key_value();
  void skip_items(const GgufValuePlace& place);
  void skip_texts(const GgufValuePlace& place);
  std::uint64_t read_item_count(std::string_view key);
  GgufType read_value_type(std::string_view field);
  std::string_view read_name(std::uint64_t limit, std::string_view field);
  void check_known_key(const GgufValuePlace& place) const;
  void read_alignment(const GgufValuePlace& place);
  void read_tensor_infos();
  TensorInfo read_tensor_info();
  Shape read_shape(std::string_view name);
  DType read_tensor_type(std::string_view name);
  void size_tensor(TensorInfo& info, std::uint64_t type_place) const;
  void check_places(GgufContent content) const;
  void check_overlaps() const;
  GgufHeader build(GgufContent content) const;
  void check_header_size(std::string_view field) const;
  [[noreturn]] void fail_at(std::uint64_t offset, std::string_view field, std::string found,
                            std::string expected) const {
    throw_bad_file({view_.file(), offset, field, std::move(found), std::move(expected)});
  }

  std::span<const std::byte> bytes_;
  ByteView view_;
  std::uint64_t tensor_count_ = 0;
  std::uint64_t key_value_count_ = 0;
  std::uint64_t alignment_ = limits::kGgufAlignmentDefault;
  std::uint64_t data_start_ = 0;
  std::vector<GgufValuePlace> values_;
  std::vector<TensorInfo> infos_;
};

GgufHeader HeaderParser::parse(GgufContent content) {
  read_preamble();
  read_key_values();
  read_tensor_infos();
  data_start_ = (view_.offset() + alignment_ - 1) / alignment_ * alignment_;
  check_places(content);
  check_overlaps();
  return build(content);
}

void HeaderParser::read_preamble() {
  if (bytes_.size() < limits::kGgufFileBytesMin) {
    fail_at(0, "file size", format("{} bytes", bytes_.size()),
            format("at least {}", limits::kGgufFileBytesMin));
  }
  const std::string_view magic = view_.take_text(kGgufMagic.size(), "magic");
  if (magic != kGgufMagic) fail_at(0, "magic", quoted(magic), quoted(kGgufMagic));
  read_version();
  tensor_count_ = read_count("tensor_count", limits::kGgufTensorsMax, 33);
  key_value_count_ = read_count("metadata_kv_count", limits::kGgufKeyValuesMax, 14);
}

void HeaderParser::read_version() {
  const std::uint64_t at = view_.offset();
  const auto version = view_.take<std::uint32_t>("version");
  if (version == 2 || version == 3) return;
  const bool is_big_endian = version == 0x02000000 || version == 0x03000000;
  if (version != 1 && !is_big_endian) fail_at(at, "version", format("{}", version), "2 or 3");
  throw Error(
      ErrorCode::Unsupported,
      format("{}: byte {}: version: found {}, expected 2 or 3 in little-endian order; convert "
             "the model again with a current converter",
             view_.file(), at, is_big_endian ? "a big-endian file" : "1"));
}

// `item_bytes` is the least that one counted thing takes: a count is held against the file first.
std::uint64_t HeaderParser::read_count(std::string_view field, std::uint64_t limit,
                                       std::uint64_t item_bytes) {
  const std::uint64_t at = view_.offset();
  const auto count = view_.take<std::uint64_t>(field);
  const std::uint64_t most = std::min(limit, view_.remaining() / item_bytes);
  if (count > most) {
    fail_at(at, field, format("{}", count),
            format("at most {} in a file of {} bytes", most, bytes_.size()));
  }
  return count;
}

void HeaderParser::check_header_size(std::string_view field) const {
  if (view_.offset() <= limits::kGgufHeaderBytesMax) return;
  view_.fail(field, format("a header of {} bytes or more", view_.offset()),
             format("at most {}", limits::kGgufHeaderBytesMax));
}

std::string_view HeaderParser::read_name(std::uint64_t limit, std::string_view field) {
  const std::uint64_t at = view_.offset();
  const auto length = view_.take<std::uint64_t>(field);
  if (length > limit) {
    fail_at(at, field, format("a length of {} bytes", length), format("at most {}", limit));
  }
  const std::string_view name = view_.take_text(length, field);
  if (!is_name(name)) {
    fail_at(at, field, quoted(name), "UTF-8 text, not empty, without control characters");
  }
  return name;
}

void HeaderParser::read_key_values() {
  std::set<std::string_view> keys;
  for (std::uint64_t i = 0; i < key_value_count_; ++i) {
    const std::uint64_t at = view_.offset();
    const GgufValuePlace place = read_key_value();
    if (!keys.insert(place.key).second) {
      fail_at(at, "key", format("a second {}", quoted(place.key)), "each key once");
    }
    check_header_size("metadata");
    check_known_key(place);
    read_alignment(place);
    values_.push_back(place);
  }
}

GgufValuePlace HeaderParser::read_key_value() {
  GgufValuePlace place;
  place.key = read_name(limits::kGgufKeyBytesMax, "key");
  place.type = read_value_type(place.key);
  if (place.type == GgufType::Array) {
    const std::uint64_t at = view_.offset();
    place.is_array = true;
    place.type = read_value_type(place.key);
    if (place.type == GgufType::Array) {
      fail_at(at, place.key, "an array of arrays", "an array of numbers, booleans or texts");
    }
    place.count = read_item_count(place.key);
  }
  place.offset = view_.offset();
  skip_items(place);
  return place;
}

GgufType HeaderParser::read_value_type(std::string_view field) {
  const std::uint64_t at = view_.offset();
  const auto type = view_.take<std::uint32_t>(field);
  if (type < kGgufValueTypeCount) return static_cast<GgufType>(type);
  fail_at(at, field, format("value type {}", type), format("0 to {}", kGgufValueTypeCount - 1));
}

std::uint64_t HeaderParser::read_item_count(std::string_view key) {
  const std::uint64_t at = view_.offset();
  const auto count = view_.take<std::uint64_t>(key);
  if (count > limits::kGgufArrayItemsMax) {
    fail_at(at, key, format("an array of {} items", count),
            format("at most {}", limits::kGgufArrayItemsMax));
  }
  return count;
}

void HeaderParser::skip_items(const GgufValuePlace& place) {
  if (place.type == GgufType::Text) return skip_texts(place);
  const auto items = view_.take_bytes(place.count * gguf_type_bytes(place.type), place.key);
  if (place.type != GgufType::Bool) return;
  const auto odd = std::ranges::find_if(items, [](std::byte b) { return b > std::byte{1}; });
  if (odd != items.end()) {
    fail_at(place.offset + static_cast<std::uint64_t>(odd - items.begin()), place.key,
            format("the boolean {}", std::to_integer<unsigned>(*odd)), "0 or 1");
  }
}

void HeaderParser::skip_texts(const GgufValuePlace& place) {
  const std::uint64_t limit = text_bytes_max(place.key);
  for (std::uint64_t i = 0; i < place.count; ++i) {
    const std::uint64_t at = view_.offset();
    const auto length = view_.take<std::uint64_t>(place.key);
    if (length > limit) {
      fail_at(at, place.key, format("a text of {} bytes", length), format("at most {}", limit));
    }
    view_.take_bytes(length, place.key);
    check_header_size(place.key);
  }
}

void HeaderParser::check_known_key(const GgufValuePlace& place) const {
  const auto* known = std::ranges::find(kKnownKeys, place.key, &KnownKey::key);
  if (known == std::end(kKnownKeys)) return;
  if (!place.is_array && place.type == known->type) return;
  fail_at(place.offset, place.key,
          format("type {}{}", place.is_array ? "array of " : "", gguf_type_name(place.type)),
          format("type {}", gguf_type_name(known->type)));
}

void HeaderParser::read_alignment(const GgufValuePlace& place) {
  if (place.key != "general.alignment") return;
  alignment_ = std::get<std::uint64_t>(read_gguf_value(bytes_, place));
  if (std::has_single_bit(alignment_) && alignment_ >= limits::kGgufAlignmentMin &&
      alignment_ <= limits::kGgufAlignmentMax) {
    return;
  }
  fail_at(
      place.offset, place.key, format("{}", alignment_),
      format("a power of two from {} to {}", limits::kGgufAlignmentMin, limits::kGgufAlignmentMax));
}

void HeaderParser::read_tensor_infos() {
  std::set<std::string_view> names;
  for (std::uint64_t i = 0; i < tensor_count_; ++i) {
    const std::uint64_t at = view_.offset();
    const TensorInfo info = read_tensor_info();
    if (!names.insert(info.name).second) {
      fail_at(at, "tensor name", format("a second {}", quoted(info.name, 128)), "each name once");
    }
    check_header_size("tensor infos");
    infos_.push_back(info);
  }
}

TensorInfo HeaderParser::read_tensor_info() {
  TensorInfo info;
  info.name = read_name(limits::kGgufNameBytesMax, "tensor name");
  info.shape = read_shape(info.name);
  const std::uint64_t type_place = view_.offset();
  info.type = read_tensor_type(info.name);
  size_tensor(info, type_place);
  info.place = view_.offset();
  const std::string field = tensor_field(info.name, "offset");
  info.data_offset = view_.take<std::uint64_t>(field);
  if (info.data_offset % alignment_ != 0) {
    fail_at(info.place, field, format("{}", info.data_offset),
            format("a multiple of the alignment {}", alignment_));
  }
  return info;
}

// The file names extents innermost first.
Shape HeaderParser::read_shape(std::string_view name) {
  const std::uint64_t at = view_.offset();
  const std::string rank_field = tensor_field(name, "n_dimensions");
  const auto rank = view_.take<std::uint32_t>(rank_field);
  if (rank < 1 || rank > kMaxRank) {
    fail_at(at, rank_field, format("{}", rank), format("1 to {}", kMaxRank));
  }
  const std::string field = tensor_field(name, "dimensions");
  std::array<std::int64_t, kMaxRank> extents{};
  Checked product = 1;
  for (std::uint32_t i = 0; i < rank; ++i) {
    const std::uint64_t place = view_.offset();
    const auto extent = view_.take<std::uint64_t>(field);
    product = product * extent;
    if (extent == 0 || !product.fits(kExtentMax)) {
      fail_at(place, field, format("extent {}", extent),
              "at least 1, and fewer than 2^63 values in all");
    }
    extents[rank - 1 - i] = static_cast<std::int64_t>(extent);
  }
  return Shape(std::span<const std::int64_t>(extents.data(), rank));
}

DType HeaderParser::read_tensor_type(std::string_view name) {
  const std::uint64_t at = view_.offset();
  const std::string field = tensor_field(name, "type");
  const auto id = view_.take<std::uint32_t>(field);
  const auto type = static_cast<DType>(id);
  if (id < kGgufTypeCount && find_quant_format(type) != nullptr) return type;
  const auto* removed = std::ranges::find(kRemovedTypes, id, &RemovedType::id);
  if (removed == std::end(kRemovedTypes)) {
    fail_at(at, field, format("type {}", id),
            format("a tensor type that is known here, 0 to {}", kGgufTypeCount - 1));
  }
  throw Error(
      ErrorCode::Unsupported,
      format("{}: byte {}: {}: found type {} ({}), which GGUF has given up; convert the model "
             "again with a current converter",
             view_.file(), at, field, id, removed->name));
}

void HeaderParser::size_tensor(TensorInfo& info, std::uint64_t type_place) const {
  const QuantFormat& row_format = quant_format(info.type);
  if (info.shape.columns() % row_format.block_size != 0) {
    fail_at(type_place, tensor_field(info.name, "type"),
            format("{} for rows of {} values", row_format.name, info.shape.columns()),
            format("rows of a multiple of {}", row_format.block_size));
  }
  const auto blocks =
      static_cast<std::uint64_t>(info.shape.element_count() / row_format.block_size);
  const Checked bytes = Checked(blocks) * static_cast<std::uint64_t>(row_format.block_bytes);
  if (!bytes.fits(kExtentMax)) {
    fail_at(type_place, tensor_field(info.name, "dimensions"), to_text(info.shape),
            "fewer than 2^63 bytes in all");
  }
  info.bytes = *bytes.value();
}

void HeaderParser::check_places(GgufContent content) const {
  for (const TensorInfo& info : infos_) {
    const Checked end = Checked(data_start_) + info.data_offset + info.bytes;
    const std::uint64_t most = content == GgufContent::Everything ? bytes_.size() : kExtentMax;
    if (end.fits(most)) continue;
    fail_at(
        info.place, tensor_field(info.name, "offset"),
        format("{} for {} bytes", info.data_offset, info.bytes),
        format("data inside the file, which has {} bytes from byte {} on",
               bytes_.size() - std::min<std::uint64_t>(data_start_, bytes_.size()), data_start_));
  }
}

void HeaderParser::check_overlaps() const {
  std::vector<const TensorInfo*> sorted;
  sorted.reserve(infos_.size());
  for (const TensorInfo& info : infos_) sorted.push_back(&info);
  std::ranges::sort(sorted, {}, &TensorInfo::data_offset);
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const TensorInfo& before = *sorted[i - 1];
    const TensorInfo& info = *sorted[i];
    if (before.data_offset + before.bytes <= info.data_offset) continue;
    fail_at(info.place, tensor_field(info.name, "offset"), format("{}", info.data_offset),
            format("at least {}, where {} ends", before.data_offset + before.bytes, before.name));
  }
}

GgufHeader HeaderParser::build(GgufContent content) const {
  GgufHeader header{Metadata(view_.file()), {}};
  for (const GgufValuePlace& place : values_) {
    header.metadata.set(place.key, {read_gguf_value(bytes_, place), place.offset,
                                    static_cast<std::uint32_t>(place.type)});
  }
  header.tensors.reserve(infos_.size());
  for (const TensorInfo& info : infos_) {
    const std::uint64_t offset = data_start_ + info.data_offset;
    Tensor tensor{info.type, info.shape, nullptr};
    // The view is for reading: Tensor has no const form.
    if (content == GgufContent::Everything) {
      tensor.data = const_cast<std::byte*>(bytes_.data() + offset);
    }
    header.tensors.push_back({std::string(info.name), tensor, view_.file(), offset});
  }
  return header;
}

}  // namespace

GgufHeader parse_gguf(const std::string& name, std::span<const std::byte> bytes,
                      GgufContent content) {
  return HeaderParser(name, bytes).parse(content);
}

}  // namespace bantam::formats
