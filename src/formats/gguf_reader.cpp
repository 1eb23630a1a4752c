#include "formats/gguf_reader.h"

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/format.h"
#include "base/limits.h"
#include "formats/gguf_header.h"

namespace bantam::formats {
namespace {

constexpr std::string_view kSplitNumber = "split.no";
constexpr std::string_view kSplitCount = "split.count";
constexpr std::string_view kSplitTensorCount = "split.tensors.count";

std::string five_digits(std::uint64_t value) {
  const std::string digits = bantam::to_text(value);
  return std::string(digits.size() < 5 ? 5 - digits.size() : 0, '0') + digits;
}

// "-00001-of-00003.gguf" at the end of a file name.
struct SplitName {
  std::filesystem::path folder;
  std::string prefix;        // the file name up to the numbers
  std::uint64_t number = 0;  // from 1
  std::uint64_t count = 0;

  std::filesystem::path path(std::uint64_t of_number) const {
    return folder / format("{}-{}-of-{}.gguf", prefix, five_digits(of_number), five_digits(count));
  }
};

std::optional<std::uint64_t> parse_digits(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<SplitName> parse_split_name(const std::filesystem::path& path) {
  constexpr std::string_view kForm = "-00000-of-00000.gguf";
  const std::string name = path.filename().string();
  if (name.size() < kForm.size()) return std::nullopt;
  const std::string_view tail = std::string_view(name).substr(name.size() - kForm.size());
  const auto number = parse_digits(tail.substr(1, 5));
  const auto count = parse_digits(tail.substr(10, 5));
  if (tail[0] != '-' || tail.substr(6, 4) != "-of-" || tail.substr(15) != ".gguf")
    return std::nullopt;
  if (!number || !count || *number < 1 || *number > *count) return std::nullopt;
  return SplitName{path.parent_path(), name.substr(0, name.size() - kForm.size()), *number, *count};
}

std::int64_t split_count(const Metadata& metadata) {
  const auto limit = static_cast<std::int64_t>(limits::kGgufSplitsMax);
  return metadata.integer(kSplitCount, 0, limit).value_or(0);
}

void check_part(const GgufHeader& header, std::int64_t number, std::int64_t count) {
  const Metadata& metadata = header.metadata;
  if (metadata.require_integer(kSplitNumber, 0, count - 1) != number) {
    metadata.fail(kSplitNumber, to_text(metadata.entries().find(kSplitNumber)->second.value),
                  format("{}, as the file name says", number));
  }
  metadata.require_integer(kSplitCount, count, count);
}

// All parts of a split model as one, with the metadata of the first.
TensorFile join(const SplitName& name, GgufContent content) {
  const auto count = static_cast<std::int64_t>(name.count);
  std::optional<Metadata> metadata;
  std::vector<TensorEntry> tensors;
  std::vector<MappedFile> files;
  for (std::int64_t number = 0; number < count; ++number) {
    files.emplace_back(name.path(static_cast<std::uint64_t>(number + 1)));
    GgufHeader header = parse_gguf(files.back().name(), files.back().bytes(), content);
    check_part(header, number, count);
    for (TensorEntry& tensor : header.tensors) tensors.push_back(std::move(tensor));
    if (number == 0) metadata = std::move(header.metadata);
  }
  const auto expected = metadata->integer(kSplitTensorCount, 0, std::int64_t{1} << 32);
  if (expected && *expected != static_cast<std::int64_t>(tensors.size())) {
    metadata->fail(kSplitTensorCount, bantam::to_text(*expected),
                   format("{}, the tensors of all {} files", tensors.size(), count));
  }
  for (const std::string_view key : {kSplitNumber, kSplitCount, kSplitTensorCount}) {
    metadata->erase(key);
  }
  return TensorFile(SourceFormat::Gguf, std::move(*metadata), std::move(tensors), std::move(files));
}

}  // namespace

TensorFile open_gguf(const std::filesystem::path& path, GgufContent content) {
  MappedFile file(path);
  GgufHeader header = parse_gguf(file.name(), file.bytes(), content);
  const std::int64_t count = split_count(header.metadata);
  if (count > 1) {
    const auto name = parse_split_name(path);
    if (!name || name->count != static_cast<std::uint64_t>(count)) {
      header.metadata.fail(kSplitCount,
                           format("{} in a file named {}", count, path.filename().string()),
                           format("a name that ends in -NNNNN-of-{}.gguf, as the other files have",
                                  five_digits(static_cast<std::uint64_t>(count))));
    }
    return join(*name, content);
  }
  std::vector<MappedFile> files;
  files.push_back(std::move(file));
  return TensorFile(SourceFormat::Gguf, std::move(header.metadata), std::move(header.tensors),
                    std::move(files));
}

TensorFile read_gguf(std::string name, std::span<const std::byte> bytes, GgufContent content) {
  GgufHeader header = parse_gguf(name, bytes, content);
  if (split_count(header.metadata) > 1) {
    throw Error(ErrorCode::Unsupported,
                format("{}: {}: this is one part of a split model; open it by its file name", name,
                       kSplitCount));
  }
  return TensorFile(SourceFormat::Gguf, std::move(header.metadata), std::move(header.tensors), {});
}

}  // namespace bantam::formats
