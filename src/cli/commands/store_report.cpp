#include "cli/commands/store_report.h"

#include <iostream>

#include "cli/terminal/escape.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

constexpr double kJsonSeconds = 0.25;

}  // namespace

store::ReportProgress StoreReport::callback() {
  return [this](const store::Progress& progress) {
    if (interrupt_.requested()) stop_.request_stop();
    show(progress);
  };
}

void StoreReport::show(const store::Progress& progress) {
  const bool is_new = progress.status != status_ || progress.total != total_;
  status_ = progress.status;
  total_ = progress.total;
  if (as_json_) {
    const double now = static_cast<double>(steady_nanoseconds()) / 1e9;
    if (!is_new && now < next_json_ && progress.completed < progress.total) return;
    next_json_ = now + kJsonSeconds;
    print_json(progress);
    return;
  }
  if (is_new) {
    progress_.reset();
    if (progress.total > 0) {
      progress_.emplace(progress_screen(false), progress.status, progress.total,
                        ProgressUnit::Bytes);
    }
  }
  if (progress_) progress_->update(progress.completed);
}

void StoreReport::print_json(const store::Progress& progress) const {
  Json line = {{"status", progress.status}};
  if (progress.digest) line["digest"] = progress.digest->text();
  if (progress.total > 0) {
    line["total"] = progress.total;
    if (progress.completed > 0) line["completed"] = progress.completed;
  }
  std::cout << json_text(line) << '\n' << std::flush;
}

}  // namespace bantam::cli
