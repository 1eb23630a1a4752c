// How far an operation on the model store is, for people and as JSON lines.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "cli/terminal/interrupt.h"
#include "cli/terminal/progress.h"
#include "store/blob_file.h"

namespace bantam::cli {

// On a terminal a line with amount, rate and time left; with `as_json` a JSON object a line on
// standard output, as Ollama's API sends them, a few times a second. Ctrl-C stops the operation.
// One thread at a time.
class StoreReport {
 public:
  explicit StoreReport(bool as_json) : as_json_(as_json) {}

  store::ReportProgress callback();
  std::stop_token stop() const { return stop_.get_token(); }
  void finish() { progress_.reset(); }

 private:
  void show(const store::Progress& progress);
  void print_json(const store::Progress& progress) const;

  bool as_json_;
  InterruptGuard interrupt_;
  std::stop_source stop_;
  std::string status_;  // the one that is shown
  std::uint64_t total_ = 0;
  double next_json_ = 0;  // seconds
  std::optional<Progress> progress_;
};

}  // namespace bantam::cli
