#include "cli/terminal/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "cli/terminal/escape.h"

namespace bantam::cli {
namespace {

constexpr double kQuietSeconds = 1.0;
constexpr double kRedrawSeconds = 0.1;
constexpr int kBarCells = 20;
constexpr std::string_view kClearLine = "\r\x1b[K";

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string amount(std::uint64_t count, ProgressUnit unit) {
  return unit == ProgressUnit::Bytes ? human_bytes(count) : human_count(count);
}

std::string bar(double fraction) {
  const int filled = static_cast<int>(fraction * kBarCells);
  return format("[{}{}] {} %", std::string(static_cast<std::size_t>(filled), '#'),
                std::string(static_cast<std::size_t>(kBarCells - filled), '.'),
                static_cast<int>(fraction * 100.0));
}

}  // namespace

ProgressScreen progress_screen(bool json) {
  const char* terminal = std::getenv("TERM");
  const bool can_redraw = terminal != nullptr && std::string_view(terminal) != "dumb";
  ProgressScreen screen{.out = nullptr, .columns = 80, .seconds = steady_seconds};
  if (json || !can_redraw || ::isatty(STDERR_FILENO) == 0) return screen;
  screen.out = &std::cerr;
  ::winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    screen.columns = size.ws_col;
  return screen;
}

Progress::Progress(ProgressScreen screen, const std::string& label, std::uint64_t total,
                   ProgressUnit unit)
    : screen_(std::move(screen)), label_(escaped_line(label)), total_(total), unit_(unit) {
  if (screen_.out == nullptr) return;
  start_ = screen_.seconds();
  next_draw_ = start_ + kQuietSeconds;
}

Progress::~Progress() { finish(); }

void Progress::update(std::uint64_t done) {
  if (screen_.out == nullptr) return;
  done_ = total_ == 0 ? done : std::min(done, total_);
  const double now = screen_.seconds();
  if (now < next_draw_) return;
  next_draw_ = now + kRedrawSeconds;
  drawn_ = true;
  // One column less than there is, so that no terminal wraps.
  const auto columns = static_cast<std::size_t>(std::max(screen_.columns - 1, 0));
  *screen_.out << kClearLine << cut_to_width(line(now - start_), columns) << std::flush;
}

void Progress::finish() {
  if (drawn_) *screen_.out << kClearLine << std::flush;
  drawn_ = false;
  screen_.out = nullptr;
}

std::string Progress::line(double elapsed) const {
  const double rate = static_cast<double>(done_) / elapsed;
  const std::string speed = amount(static_cast<std::uint64_t>(rate), unit_) + "/s";
  if (total_ == 0) return format("{}  {}  {}", label_, amount(done_, unit_), speed);
  const double fraction = static_cast<double>(done_) / static_cast<double>(total_);
  std::string text = format("{}  {}  {} of {}  {}", label_, bar(fraction), amount(done_, unit_),
                            amount(total_, unit_), speed);
  if (done_ == 0) return text;
  return text + format("  {} left", human_duration(static_cast<double>(total_ - done_) / rate));
}

}  // namespace bantam::cli
