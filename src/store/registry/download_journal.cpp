#include "store/registry/download_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/format.h"

namespace bantam::store {
namespace {

constexpr std::uint64_t kJournalBytesMax = std::uint64_t{16} << 20;
constexpr std::uint64_t kChunkBytesMin = 1024;
constexpr std::string_view kMark = "bantam-download-1";
constexpr std::string_view kDropped = "-";

// Words of one line, which the text is cut by; nothing where no whole line is left.
std::optional<std::vector<std::string_view>> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t space = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, space));
    line.remove_prefix(std::min(space + 1, line.size()));
  }
  return words;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

DownloadJournal::DownloadJournal(const Folder& root, std::string file, std::uint64_t size,
                                 std::uint64_t chunk_bytes)
    : root_(root), file_(std::move(file)), size_(size), chunk_bytes_(chunk_bytes) {
  const std::string content = root_.read(file_, kJournalBytesMax).value_or("");
  const std::size_t whole = read(content);
  if (whole == 0) {
    clear();
    return;
  }
  auto opened = root_.try_open_file(file_, O_RDWR | O_APPEND);
  if (!opened) root_.fail(file_, "open");
  descriptor_ = *std::move(opened);
  if (::ftruncate(descriptor_.get(), static_cast<::off_t>(whole)) != 0) root_.fail(file_, "cut");
}

std::size_t DownloadJournal::read(std::string_view content) {
  std::string_view text = content;
  const auto first = take_line(text);
  if (!first || first->size() != 3 || (*first)[0] != kMark || number((*first)[1]) != size_)
    return 0;
  const auto stated = number((*first)[2]);
  if (!stated || *stated < kChunkBytesMin) return 0;
  chunk_bytes_ = *stated;
  std::size_t whole = content.size() - text.size();
  while (const auto words = take_line(text)) {
    const auto index = words->size() == 2 ? number((*words)[0]) : std::nullopt;
    if (!index || *index >= chunk_count()) break;
    if (const auto digest = Digest::try_parse((*words)[1])) {
      done_.insert_or_assign(*index, *digest);
    } else if ((*words)[1] == kDropped) {
      done_.erase(*index);
    } else {
      break;
    }
    whole = content.size() - text.size();
  }
  return whole;
}

std::uint64_t DownloadJournal::chunk_size(std::uint64_t index) const {
  return std::min(chunk_bytes_, size_ - index * chunk_bytes_);
}

std::uint64_t DownloadJournal::done_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& [index, digest] : done_) bytes += chunk_size(index);
  return bytes;
}

void DownloadJournal::append(const std::string& line) {
  write_all(descriptor_.get(), line, file_);
  if (::fdatasync(descriptor_.get()) != 0) root_.fail(file_, "flush");
}

void DownloadJournal::add(std::uint64_t index, const Digest& digest) {
  append(format("{} {}\n", index, digest.file_name()));
  done_.insert_or_assign(index, digest);
}

void DownloadJournal::drop(std::uint64_t index) {
  append(format("{} {}\n", index, kDropped));
  done_.erase(index);
}

void DownloadJournal::clear() {
  done_.clear();
  auto opened = root_.try_open_file(file_, O_RDWR | O_CREAT | O_TRUNC | O_APPEND);
  if (!opened) root_.fail(file_, "make");
  descriptor_ = *std::move(opened);
  append(format("{} {} {}\n", kMark, size_, chunk_bytes_));
}

}  // namespace bantam::store
