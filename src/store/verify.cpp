#include "store/verify.h"

#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/format.h"
#include "store/layout.h"
#include "store/removal.h"

namespace bantam::store {
namespace {

struct Use {
  std::uint64_t size = 0;
  std::vector<std::string> models;
};
using Uses = std::map<Digest, Use>;

struct Job {
  Digest digest;
  std::uint64_t size = 0;
};

Uses read_manifests(const Folder& root, const std::vector<ModelName>& names, VerifyReport& result) {
  Uses uses;
  for (const ModelName& name : names) {
    const std::string file = layout::manifest(name);
    try {
      const auto bytes = root.read(file, kManifestBytesMax);
      if (!bytes) continue;  // removed meanwhile
      ++result.models;
      for (const Layer& layer : parse_manifest(*bytes, file).blobs()) {
        Use& use = uses.try_emplace(layer.digest, Use{layer.size, {}}).first->second;
        use.models.push_back(name.text());
        if (use.size != layer.size) {
          result.faults.push_back({file,
                                   format("the size of {}: found {}, expected {} as another "
                                          "manifest has it",
                                          layer.digest.text(), layer.size, use.size),
                                   false,
                                   {name.text()}});
        }
      }
    } catch (const Error& error) {
      result.faults.push_back({file, error.what(), false, {name.text()}});
    }
  }
  return uses;
}

std::vector<Job> find_blobs(const Folder& root, const Uses& uses, bool all, VerifyReport& result) {
  std::vector<Job> jobs;
  std::set<Digest> seen;
  for (const std::string& name : root.names(std::string(layout::kBlobs))) {
    const auto digest = Digest::try_parse(name);
    if (!digest || name != digest->file_name()) continue;  // such as Ollama's unfinished downloads
    const auto use = uses.find(*digest);
    if (!all && use == uses.end()) continue;
    const auto status = root.status(layout::blob(*digest));
    if (!status) continue;
    if (!S_ISREG(status->st_mode)) {
      result.faults.push_back(
          {layout::blob(*digest), "not a regular file", false,
           use == uses.end() ? std::vector<std::string>{} : use->second.models});
      continue;
    }
    seen.insert(*digest);
    jobs.push_back({*digest, static_cast<std::uint64_t>(status->st_size)});
    if (use != uses.end()) continue;
    ++result.unused_blobs;
    result.unused_bytes += jobs.back().size;
  }
  for (const auto& [digest, use] : uses) {
    if (seen.contains(digest)) continue;
    result.faults.push_back({layout::blob(digest), "the blob is missing", false, use.models});
  }
  return jobs;
}

// Hashes blobs on several threads. What goes wrong in one of them stops all, and is thrown at last.
class Checker {
 public:
  Checker(const Folder& root, const Uses& uses, std::vector<Job> jobs, const ReportProgress& report,
          const std::stop_token& stop, VerifyReport& result)
      : root_(root),
        uses_(uses),
        jobs_(std::move(jobs)),
        report_(report),
        stop_(stop),
        result_(result) {
    for (const Job& job : jobs_) total_ += job.size;
  }

  void run(int threads) {
    std::vector<std::jthread> team;
    for (int i = 1; i < threads; ++i) team.emplace_back([this] { work(); });
    work();
    team.clear();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void work() {
    try {
      for (std::size_t i = next_++; i < jobs_.size() && !is_over_; i = next_++) check(jobs_[i]);
    } catch (...) {
      is_over_ = true;
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
  }

  void check(const Job& job) {
    const std::string file = layout::blob(job.digest);
    const auto opened = root_.try_open_file(file, O_RDONLY);
    if (!opened) return;  // removed meanwhile
    std::uint64_t before = 0;
    const Digest found = hash_file(opened->get(), file, stop_, [&](std::uint64_t done) {
      if (is_over_) throw Error(ErrorCode::Cancelled, "cancelled");
      const std::lock_guard lock(mutex_);
      done_ += done - before;
      before = done;
      report_({.status = "verifying sha256 digest", .total = total_, .completed = done_});
    });
    const std::lock_guard lock(mutex_);
    ++result_.blobs;
    result_.bytes += before;
    if (found != job.digest) add_fault(file, job, found);
  }

  void add_fault(const std::string& file, const Job& job, const Digest& found) {
    VerifyFault fault{file, format("its bytes have the digest {}", found.text()), false, {}};
    const auto use = uses_.find(job.digest);
    if (use != uses_.end()) {
      fault.models = use->second.models;
      if (use->second.size != job.size) {
        fault.reason += format("; found {} bytes, expected {}", job.size, use->second.size);
      }
    }
    root_.make_folders(std::string(layout::kQuarantine));
    root_.rename(file, format("{}/{}", layout::kQuarantine, job.digest.file_name()), true);
    fault.is_quarantined = true;
    result_.faults.push_back(std::move(fault));
  }

  const Folder& root_;
  const Uses& uses_;
  std::vector<Job> jobs_;
  const ReportProgress& report_;
  const std::stop_token& stop_;
  std::uint64_t total_ = 0;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> is_over_ = false;
  std::mutex mutex_;  // guards what is below
  VerifyReport& result_;
  std::uint64_t done_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

VerifyReport verify(const Store& store, int threads, const ReportProgress& report,
                    const std::stop_token& stop, const std::vector<ModelName>& only) {
  VerifyReport result;
  const auto root = Folder::try_open(store.root());
  if (!root) return result;
  const Stopwatch watch;
  const bool all = only.empty();
  const Uses uses = read_manifests(*root, all ? manifest_names(*root) : only, result);
  std::vector<Job> jobs = find_blobs(*root, uses, all, result);
  Checker(*root, uses, std::move(jobs), report, stop, result).run(std::max(threads, 1));
  std::sort(result.faults.begin(), result.faults.end(),
            [](const VerifyFault& a, const VerifyFault& b) { return a.what < b.what; });
  result.seconds = watch.seconds();
  return result;
}

}  // namespace bantam::store
