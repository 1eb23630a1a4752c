#include "store/registry/blob_download.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <deque>

#include "base/error.h"
#include "base/format.h"
#include "store/layout.h"

namespace bantam::store {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kRetrySecondsMax = 8, kRetryAfterSecondsMax = 60;
constexpr double kStepSeconds = 0.2;

std::string download_file(const Digest& digest) {
  return format("{}/{}", layout::kDownloads, digest.file_name());
}

std::string journal_file(const Digest& digest) { return download_file(digest) + ".journal"; }

// "bytes 0-99/1234", exactly for these bytes.
std::string expected_range(std::uint64_t begin, std::uint64_t size, std::uint64_t total) {
  return format("bytes {}-{}/{}", begin, begin + size - 1, total);
}

}  // namespace

// A part under way, or waiting to be tried again.
struct BlobDownload::Part {
  std::uint64_t index = 0, begin = 0, size = 0;
  bool is_ranged = true;
  std::uint64_t done = 0;    // bytes written
  std::uint64_t base = 0;    // of them before the request at hand
  bool is_accepted = false;  // the answer is what was asked for
  Sha256 hash;
  int attempts = 0;
  Clock::time_point not_before = Clock::now();
  std::string refusal;  // why an answer was not taken
  std::string io_fault;
  std::unique_ptr<HttpTransfer> transfer;
};

BlobDownload::BlobDownload(StoreWriter& writer, const Layer& layer, const DownloadOptions& options)
    : writer_(writer),
      layer_(layer),
      options_(options),
      file_(download_file(layer.digest)),
      journal_((writer_.root().make_folders(std::string(layout::kDownloads)), writer_.root()),
               journal_file(layer.digest), layer.size, options.chunk_bytes) {
  auto opened = writer_.root().try_open_file(file_, O_RDWR | O_CREAT);
  if (!opened) writer_.root().fail(file_, "make");
  descriptor_ = *std::move(opened);
  struct stat status{};
  if (::fstat(descriptor_.get(), &status) != 0) writer_.root().fail(file_, "look at");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  // A journal without its data, or with that of something else.
  if (size != layer.size && !journal_.done().empty()) journal_.clear();
  try {
    if (size > layer.size && ::ftruncate(descriptor_.get(), 0) != 0) {
      writer_.root().fail(file_, "cut");
    }
    reserve_space(descriptor_.get(), layer.size, writer_.root().path().string());
  } catch (...) {
    if (journal_.done().empty()) discard();
    throw;
  }
}

BlobDownload::~BlobDownload() = default;

void BlobDownload::discard() {
  writer_.root().remove(journal_file(layer_.digest));
  writer_.root().remove(file_);
}

// Says in `refusal` why the answer is not the one that was asked for.
void BlobDownload::check_head(Part& part, const HttpHead& head) {
  const std::uint64_t size = part.size - part.base;
  const std::string range = expected_range(part.begin + part.base, size, layer_.size);
  if (part.is_ranged && head.status == 200) {
    gives_parts_ = false;
  } else if (head.status != (part.is_ranged ? 206 : 200)) {
    part.refusal =
        format("found the status {}, expected {}", head.status, part.is_ranged ? 206 : 200);
  } else if (!head.content_encoding.empty() && head.content_encoding != "identity") {
    part.refusal = format("found the content encoding {}, expected none",
                          quoted(std::string_view(head.content_encoding)));
  } else if (part.is_ranged && head.content_range != range) {
    part.refusal = format("found the range {}, expected {}",
                          quoted(std::string_view(head.content_range)), range);
  } else if (head.length && *head.length != size) {
    part.refusal = format("found a length of {} bytes, expected {}", *head.length, size);
  }
}

// False ends the transfer; else the bytes go to their place.
bool BlobDownload::take(Part& part, const HttpHead& head, std::span<const std::byte> bytes) {
  if (!part.is_accepted) {
    check_head(part, head);
    if (!part.refusal.empty() || (part.is_ranged && !gives_parts_)) return false;
    part.is_accepted = true;
  }
  if (bytes.size() > part.size - part.done) {
    part.refusal = format("found more than the {} bytes that were expected", part.size);
    return false;
  }
  const auto* data = reinterpret_cast<const char*>(bytes.data());
  for (std::size_t written = 0; written < bytes.size();) {
    const auto place = static_cast<::off_t>(part.begin + part.done + written);
    const ::ssize_t got =
        ::pwrite(descriptor_.get(), data + written, bytes.size() - written, place);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      part.io_fault = std::strerror(errno);
      return false;
    }
    written += static_cast<std::size_t>(got);
  }
  part.hash.update(bytes);
  part.done += bytes.size();
  received_ += bytes.size();
  return true;
}

void BlobDownload::start(Part& part, Registry& registry, HttpLoop& loop) {
  // What an answer that was cut short brought stays, where the rest can be asked for.
  if (!part.is_ranged || !part.refusal.empty()) {
    part.done = 0;
    part.hash.finish();
  }
  part.base = part.done;
  part.is_accepted = false;
  part.refusal.clear();
  const std::string range =
      part.is_ranged ? format("{}-{}", part.begin + part.base, part.begin + part.size - 1) : "";
  part.transfer = std::make_unique<HttpTransfer>(
      registry.blob(layer_.digest, range), registry.options(), registry.rule(),
      [this, &part](const HttpHead& head, std::span<const std::byte> bytes) {
        return take(part, head, bytes);
      });
  loop.start(*part.transfer);
}

// The bytes are there: flush, then say so in the journal, in this order.
void BlobDownload::finish(Part& part) {
  if (::fdatasync(descriptor_.get()) != 0) writer_.root().fail(file_, "flush");
  if (part.is_ranged || journal_.chunk_count() == 1) {
    journal_.add(part.index, part.hash.finish());
    return;
  }
  // The whole came at once; for the journal it is hashed again, part by part.
  journal_.clear();
  drop_changed_parts();
}

void BlobDownload::retry(Part& part, Registry& registry, const std::string& reason, double pause) {
  constexpr std::uint64_t kGoodBytes = 64 * 1024;
  if (part.done >= part.base + kGoodBytes) part.attempts = 0;
  if (part.attempts++ >= registry.options().retries) {
    throw Error(ErrorCode::Io,
                format("{}: {}, {} times; what came is kept: the same command goes on from there",
                       registry.blob(layer_.digest, "").url, reason, part.attempts));
  }
  const double wait = std::min(
      registry.options().retry_seconds * static_cast<double>(1 << std::min(part.attempts - 1, 10)),
      kRetrySecondsMax);
  const std::chrono::duration<double> rest(std::max(wait, std::min(pause, kRetryAfterSecondsMax)));
  part.not_before = Clock::now() + std::chrono::duration_cast<Clock::duration>(rest);
}

void BlobDownload::end(Part& part, int curl_code, Registry& registry, HttpLoop& loop) {
  const HttpHead head = part.transfer->head();
  const std::string url = registry.blob(layer_.digest, "").url;
  const std::string described = part.transfer->describe(curl_code);
  loop.cancel(*part.transfer);
  part.transfer.reset();
  if (!part.io_fault.empty()) {
    throw Error(ErrorCode::Io, format("{}: cannot write: {}",
                                      (writer_.root().path() / file_).string(), part.io_fault));
  }
  if (part.is_ranged && !gives_parts_) return;  // fetch() begins again without parts
  if (head.status == 401 && registry.authorize(head)) return;
  if (head.status >= 400 && !may_pass(head.status)) {
    throw Error(head.status == 404 ? ErrorCode::NotFound : ErrorCode::Io,
                format("{}: found the status {}, expected the blob's bytes", url, head.status));
  }
  if (!registry.rule().refused.empty()) {
    throw Error(ErrorCode::Unsupported, format("{}: {}", url, described));
  }
  if (!part.is_accepted && part.refusal.empty() && curl_code == 0) check_head(part, head);
  if (part.is_ranged && !gives_parts_) return;
  if (part.refusal.empty() && part.done == part.size) return finish(part);
  if (!part.refusal.empty()) return retry(part, registry, part.refusal, head.retry_after_seconds);
  if (curl_code != 0) return retry(part, registry, described, head.retry_after_seconds);
  retry(part, registry, format("the answer ended after {} of {} bytes", part.done, part.size),
        head.retry_after_seconds);
}

void BlobDownload::fetch(Registry& registry,
                         const std::function<void(std::uint64_t done)>& progress) {
  try {
    while (journal_.done().size() < journal_.chunk_count()) {
      if (!gives_parts_) journal_.clear();
      fetch_parts(registry, progress);
    }
  } catch (...) {
    if (journal_.done().empty()) discard();  // nothing to go on from: the space is given back
    throw;
  }
}

void BlobDownload::fetch_parts(Registry& registry,
                               const std::function<void(std::uint64_t done)>& progress) {
  std::deque<std::uint64_t> missing;
  for (std::uint64_t index = 0; index < journal_.chunk_count(); ++index) {
    if (!journal_.done().contains(index)) missing.push_back(index);
  }
  const bool as_whole = !gives_parts_ || journal_.chunk_count() == 1;
  const bool gave_parts = gives_parts_;
  if (as_whole) missing = {0};
  // The loop ends before the transfers that it knows.
  struct ClearParts {
    std::list<Part>& parts;
    ~ClearParts() { parts.clear(); }
  } const clear{parts_};
  HttpLoop loop;
  while (!missing.empty() || !parts_.empty()) {
    if (writer_.stop().stop_requested()) throw Error(ErrorCode::Cancelled, "cancelled");
    while (!missing.empty() && parts_.size() < static_cast<std::size_t>(options_.connections)) {
      Part& part = parts_.emplace_back();
      part.index = missing.front();
      part.is_ranged = !as_whole;
      part.begin = part.index * journal_.chunk_bytes();
      part.size = as_whole ? layer_.size : journal_.chunk_size(part.index);
      missing.pop_front();
    }
    for (Part& part : parts_) {
      if (!part.transfer && part.not_before <= Clock::now()) start(part, registry, loop);
    }
    loop.step(kStepSeconds, [&](HttpTransfer& transfer, int code) {
      const auto part = std::find_if(parts_.begin(), parts_.end(), [&](const Part& candidate) {
        return candidate.transfer.get() == &transfer;
      });
      end(*part, code, registry, loop);
    });
    if (gives_parts_ != gave_parts) return;
    std::uint64_t done = journal_.done_bytes();
    for (auto part = parts_.begin(); part != parts_.end();) {
      const bool is_done = !part->transfer && part->done == part->size && part->refusal.empty();
      if (!is_done) done += part->done;
      part = is_done ? parts_.erase(part) : std::next(part);
    }
    progress(done);
  }
}

// Hashes the parts as they lie on the disk. Those that the journal has otherwise are forgotten; of
// a download that came as a whole all are noted.
void BlobDownload::drop_changed_parts() {
  std::vector<char> buffer(std::size_t{1} << 20);
  for (std::uint64_t index = 0; index < journal_.chunk_count(); ++index) {
    Sha256 hash;
    for (std::uint64_t done = 0; done < journal_.chunk_size(index);) {
      const std::uint64_t want =
          std::min<std::uint64_t>(buffer.size(), journal_.chunk_size(index) - done);
      const auto place = static_cast<::off_t>(index * journal_.chunk_bytes() + done);
      const ::ssize_t got = ::pread(descriptor_.get(), buffer.data(), want, place);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) writer_.root().fail(file_, "read");
      hash.update(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
      done += static_cast<std::uint64_t>(got);
    }
    const Digest found = hash.finish();
    const auto noted = journal_.done().find(index);
    if (noted == journal_.done().end()) {
      if (!gives_parts_) journal_.add(index, found);
    } else if (noted->second != found) {
      journal_.drop(index);
    }
  }
}

bool BlobDownload::verify(const std::stop_token& stop,
                          FunctionRef<void(std::uint64_t done)> progress) {
  if (hash_file(descriptor_.get(), file_, stop, progress) == layer_.digest) return true;
  const std::size_t before = journal_.done().size();
  drop_changed_parts();
  // Every part is as it came: then it came wrong, and which one did nobody can tell.
  if (journal_.done().size() == before) journal_.clear();
  return false;
}

void BlobDownload::commit() {
  if (::fdatasync(descriptor_.get()) != 0) writer_.root().fail(file_, "flush");
  writer_.adopt(file_, layer_.digest);
  writer_.root().remove(file_);  // where another store's program had made the blob meanwhile
  writer_.root().remove(journal_file(layer_.digest));
}

}  // namespace bantam::store
