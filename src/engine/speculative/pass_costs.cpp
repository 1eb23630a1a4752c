#include "engine/speculative/pass_costs.h"

#include <algorithm>
#include <iterator>

namespace bantam::engine {
namespace {

// What each further row is hoped to cost at the most, as a share of the pass without it.
constexpr double kRowShare = 0.15;
// And what it is feared to cost: with weights in floats nearly as much as a pass.
constexpr double kRowShareWorst = 0.75;
// A measurement from more passes ago than this no longer counts: the context has grown, or the
// machine was busy. A single one may have been disturbed, and counts for as long as the first of
// these.
constexpr std::int64_t kPassesKept[] = {16, 64, 256, 512};
constexpr double kFallRate = 0.5, kRiseRate = 0.1;

}  // namespace

PassCosts::PassCosts(std::int64_t rows_max) : entries_(static_cast<std::size_t>(rows_max) + 1) {}

void PassCosts::add(std::int64_t rows, double seconds) {
  Entry& entry = entries_[static_cast<std::size_t>(rows)];
  const bool is_first = !is_known(rows);
  entry.pass = passes_++;
  last_rows_ = rows;
  entry.samples = is_first ? 1 : std::min<int>(entry.samples + 1, std::size(kPassesKept));
  if (is_first) {
    entry.seconds = seconds;
  } else {
    entry.seconds += (seconds - entry.seconds) * (seconds < entry.seconds ? kFallRate : kRiseRate);
  }
}

bool PassCosts::is_known(std::int64_t rows) const {
  const Entry& entry = entries_[static_cast<std::size_t>(rows)];
  if (entry.pass < 0) return false;
  return passes_ - entry.pass <= kPassesKept[entry.samples - 1] || rows == last_rows_;
}

double PassCosts::seconds(std::int64_t rows) const {
  const auto at = [&](std::int64_t row) { return entries_[static_cast<std::size_t>(row)].seconds; };
  const auto end = static_cast<std::int64_t>(entries_.size());
  std::int64_t below = rows;
  while (below > 0 && !is_known(below)) --below;
  if (below == rows) return at(rows);
  std::int64_t above = rows;
  while (above < end && !is_known(above)) ++above;
  if (below == 0) return at(above) / (1 + kRowShare * static_cast<double>(above - rows));
  const auto distance = static_cast<double>(rows - below);
  const double hoped = at(below) * (1 + kRowShare * distance);
  if (above == end) return hoped;
  const double between =
      at(below) + (at(above) - at(below)) * distance / static_cast<double>(above - below);
  return std::min(hoped, between);
}

double PassCosts::seconds_at_worst(std::int64_t rows) const {
  std::int64_t below = rows;
  while (below > 0 && !is_known(below)) --below;
  if (below == 0) return seconds(rows);
  const auto distance = static_cast<double>(rows - below);
  return entries_[static_cast<std::size_t>(below)].seconds * (1 + kRowShareWorst * distance);
}

}  // namespace bantam::engine
