#include "formats/safetensors_reader.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/byte_view.h"
#include "base/checked.h"
#include "base/error.h"
#include "base/format.h"
#include "base/limits.h"
#include "formats/json_reader.h"
#include "formats/safetensors_format.h"

namespace bantam::formats {
namespace {

constexpr std::uint64_t kExtentMax = std::numeric_limits<std::int64_t>::max();

// One entry of the header; offsets count from the start of the data section.
struct TensorInfo {
  std::string name;
  std::optional<DType> type;
  std::optional<Shape> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool has_offsets = false;
  std::uint64_t place = 0;  // of the entry in the file, for messages
};

// Reads the header of one file. One thread at a time.
class HeaderParser {
 public:
  HeaderParser(const std::string& name, std::string_view header, std::uint64_t start)
      : file_(name),
        json_(name, header, start,
              {.depth_max = 3,
               .keys_max = limits::kSafetensorsMetadataMax + 4 * limits::kSafetensorsTensorsMax}),
        metadata_(name) {}

  void parse();
  Metadata take_metadata() { return std::move(metadata_); }
  std::vector<TensorInfo>& tensors() { return tensors_; }

 private:
  void read_metadata();
  void read_tensor(std::string name, std::uint64_t place);
  void read_field(TensorInfo& info);
  DType read_type();
  Shape read_shape();
  void read_offsets(TensorInfo& info);
  std::uint64_t read_natural();
  void check_size(const TensorInfo& info) const;

  std::string file_;
  JsonReader json_;
  Metadata metadata_;
  std::vector<TensorInfo> tensors_;
  std::string field_;  // "NAME: FIELD" of what is being read, for messages
};

void HeaderParser::parse() {
  json_.expect(JsonToken::BeginObject, "header");
  while (json_.next() == JsonToken::Key) {
    std::string name(json_.text());
    if (name == "__metadata__") {
      read_metadata();
    } else {
      const std::uint64_t place = json_.offset();
      if (name.size() > limits::kSafetensorsNameBytesMax) {
        json_.fail("tensor name", format("a length of {} bytes", name.size()),
                   format("at most {}", limits::kSafetensorsNameBytesMax));
      }
      read_tensor(std::move(name), place);
    }
  }
  json_.expect(JsonToken::End, "header");
}

void HeaderParser::read_metadata() {
  json_.expect(JsonToken::BeginObject, "__metadata__");
  while (json_.next() == JsonToken::Key) {
    const std::string key(json_.text());
    if (metadata_.entries().size() >= limits::kSafetensorsMetadataMax) {
      json_.fail("__metadata__", "one text more",
                 format("at most {}", limits::kSafetensorsMetadataMax));
    }
    json_.expect(JsonToken::Text, key);
    const std::string_view text = metadata_.store(std::string(json_.text()));
    metadata_.set(key, {text, json_.offset(), 0});
  }
}

void HeaderParser::read_tensor(std::string name, std::uint64_t place) {
  if (tensors_.size() >= limits::kSafetensorsTensorsMax) {
    json_.fail("header", "one tensor more", format("at most {}", limits::kSafetensorsTensorsMax));
  }
  TensorInfo info;
  info.name = std::move(name);
  info.place = place;
  json_.expect(JsonToken::BeginObject, info.name);
  while (json_.next() == JsonToken::Key) read_field(info);
  if (!info.type || !info.shape || !info.has_offsets) {
    json_.fail(info.name, "the end of the entry", "dtype, shape and data_offsets in it");
  }
  check_size(info);
  tensors_.push_back(std::move(info));
}

void HeaderParser::read_field(TensorInfo& info) {
  const std::string_view key = json_.text();
  field_.assign(info.name).append(": ").append(key);
  if (key == "dtype") {
    info.type = read_type();
  } else if (key == "shape") {
    info.shape = read_shape();
  } else if (key == "data_offsets") {
    read_offsets(info);
  } else {
    json_.fail(info.name, format("a field {}", bantam::quoted(key)),
               "dtype, shape and data_offsets alone");
  }
}

DType HeaderParser::read_type() {
  json_.expect(JsonToken::Text, field_);
  const std::string_view name = json_.text();
  const auto* known = std::ranges::find(kSafetensorsTypes, name, &SafetensorsType::name);
  if (known != std::end(kSafetensorsTypes)) return known->type;
  if (std::ranges::find(kUnreadSafetensorsTypes, name) == std::end(kUnreadSafetensorsTypes)) {
    json_.fail(field_, bantam::quoted(name), "an element type such as F32, F16, BF16 or I8");
  }
  throw Error(
      ErrorCode::Unsupported,
      format("{}: byte {}: {}: found {}, which this build does not read; convert the tensors "
             "to BF16, F16 or F32",
             file_, json_.offset(), field_, name));
}

std::uint64_t HeaderParser::read_natural() {
  json_.expect(JsonToken::Number, field_);
  return json_.natural(field_);
}

Shape HeaderParser::read_shape() {
  json_.expect(JsonToken::BeginArray, field_);
  std::vector<std::int64_t> extents;
  Checked product = 1;
  while (json_.next() == JsonToken::Number) {
    const std::uint64_t extent = json_.natural(field_);
    product = product * extent;
    if (extent > kExtentMax || !product.fits(kExtentMax)) {
      json_.fail(field_, format("extent {}", extent), "fewer than 2^63 values in all");
    }
    if (extents.size() == kMaxRank) {
      throw Error(ErrorCode::Unsupported,
                  format("{}: byte {}: {}: found more than {} axes, which this build does not read",
                         file_, json_.offset(), field_, kMaxRank));
    }
    extents.push_back(static_cast<std::int64_t>(extent));
  }
  json_.require(JsonToken::EndArray, field_);
  return Shape(extents);
}

void HeaderParser::read_offsets(TensorInfo& info) {
  json_.expect(JsonToken::BeginArray, field_);
  info.begin = read_natural();
  info.end = read_natural();
  if (info.begin > info.end) {
    json_.fail(field_, format("[{}, {}]", info.begin, info.end), "the smaller offset first");
  }
  json_.expect(JsonToken::EndArray, field_);
  info.has_offsets = true;
}

void HeaderParser::check_size(const TensorInfo& info) const {
  const auto element_bytes = static_cast<std::uint64_t>(byte_count(*info.type, 1));
  const Checked bytes =
      Checked(static_cast<std::uint64_t>(info.shape->element_count())) * element_bytes;
  if (bytes.value() == info.end - info.begin) return;
  throw_bad_file({file_, info.place, format("{}: data_offsets", info.name),
                  format("[{}, {}], {} bytes", info.begin, info.end, info.end - info.begin),
                  format("{} values of {} bytes, as shape and dtype say",
                         info.shape->element_count(), element_bytes)});
}

// Puts the tensors in the order of their data and checks that they cover it exactly.
void check_cover(const std::string& file, std::vector<TensorInfo>& tensors, std::uint64_t bytes) {
  std::ranges::sort(tensors, {},
                    [](const TensorInfo& info) { return std::pair(info.begin, info.end); });
  std::uint64_t covered = 0;
  for (const TensorInfo& info : tensors) {
    if (info.begin != covered) {
      throw_bad_file({file, info.place, format("{}: data_offsets", info.name),
                      format("a start of {}", info.begin),
                      format("{}, where the tensor before it ends", covered)});
    }
    if (info.end > bytes) {
      throw_bad_file({file, info.place, format("{}: data_offsets", info.name),
                      format("an end of {}", info.end),
                      format("at most the {} bytes of data that the file has", bytes)});
    }
    covered = info.end;
  }
  if (covered != bytes) {
    throw_bad_file({file, 0, "data", format("{} bytes", bytes),
                    format("the {} that the header describes", covered)});
  }
}

}  // namespace

SafetensorsContent parse_safetensors(const std::string& name, std::span<const std::byte> bytes) {
  ByteView view(name, bytes);
  const auto header_bytes = view.take<std::uint64_t>("header length");
  const std::uint64_t most = std::min(limits::kSafetensorsHeaderBytesMax, view.remaining());
  if (header_bytes > most || header_bytes < 2) {
    throw_bad_file({name, 0, "header length", format("{}", header_bytes),
                    format("2 to {} in a file of {} bytes", most, bytes.size())});
  }
  const std::string_view header = view.take_text(header_bytes, "header");
  if (header.front() != '{') {
    throw_bad_file({name, 8, "header", bantam::quoted(header.substr(0, 1)), "\"{\""});
  }
  HeaderParser parser(name, header, 8);
  parser.parse();
  const auto data = view.take_bytes(view.remaining(), "data");
  check_cover(name, parser.tensors(), data.size());

  SafetensorsContent content{parser.take_metadata(), {}};
  content.tensors.reserve(parser.tensors().size());
  for (TensorInfo& info : parser.tensors()) {
    // The view is for reading: Tensor has no const form.
    auto* const start = const_cast<std::byte*>(data.data() + info.begin);
    content.tensors.push_back({std::move(info.name), Tensor{*info.type, *info.shape, start}, name,
                               8 + header_bytes + info.begin});
  }
  return content;
}

TensorFile open_safetensors(const std::filesystem::path& path) {
  std::vector<MappedFile> files;
  files.emplace_back(path);
  SafetensorsContent content = parse_safetensors(files[0].name(), files[0].bytes());
  return TensorFile(SourceFormat::HuggingFace, std::move(content.metadata),
                    std::move(content.tensors), std::move(files));
}

TensorFile read_safetensors(const std::string& name, std::span<const std::byte> bytes) {
  SafetensorsContent content = parse_safetensors(name, bytes);
  return TensorFile(SourceFormat::HuggingFace, std::move(content.metadata),
                    std::move(content.tensors), {});
}

}  // namespace bantam::formats
