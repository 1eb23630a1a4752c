// How far a long operation is, on one line of a terminal.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

namespace bantam::cli {

enum class ProgressUnit { Bytes, Items };

// Where progress is drawn and what time it is.
struct ProgressScreen {
  std::ostream* out = nullptr;      // outlives the Progress; nullptr draws nothing
  int columns = 80;                 // width of the terminal
  std::function<double()> seconds;  // of a clock that never goes back
};

// Standard error if it is a terminal that can redraw a line and `json` output was not asked for;
// else a screen that draws nothing.
ProgressScreen progress_screen(bool json);

// Draws a bar with amount, rate and time left. Nothing is drawn before the operation has taken a
// second, nor more often than ten times a second; the line is cleared at the end. One thread at a
// time.
class Progress {
 public:
  // A `total` of 0 means that it is not known: the amount and rate are shown alone.
  Progress(ProgressScreen screen, const std::string& label, std::uint64_t total,
           ProgressUnit unit = ProgressUnit::Items);
  ~Progress();  // as finish()
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` of the total so far, counted from the start.
  void update(std::uint64_t done);

  // Clears the line. Later calls do nothing.
  void finish();

 private:
  std::string line(double elapsed) const;

  ProgressScreen screen_;
  std::string label_;
  std::uint64_t total_;
  ProgressUnit unit_;
  std::uint64_t done_ = 0;
  double start_ = 0.0;  // seconds, as are the next two
  double next_draw_ = 0.0;
  bool drawn_ = false;
};

}  // namespace bantam::cli
