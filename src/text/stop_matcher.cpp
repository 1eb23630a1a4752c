#include "text/stop_matcher.h"

#include <algorithm>
#include <utility>

namespace bantam::text {

StopMatcher::StopMatcher(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase(stops_, std::string());
}

std::string StopMatcher::push(std::string_view text) {
  if (is_stopped()) return {};
  held_ += text;
  std::size_t first = std::string::npos;
  for (const std::string& stop : stops_) {
    const std::size_t place = held_.find(stop);
    if (place >= first) continue;
    first = place;
    matched_ = stop;
  }
  if (is_stopped()) {
    std::string shown = held_.substr(0, first);
    held_.clear();
    return shown;
  }
  // Keep the longest end of the text that some stop string begins with.
  std::size_t kept = 0;
  for (const std::string& stop : stops_) {
    for (std::size_t length = std::min(stop.size() - 1, held_.size()); length > kept; --length) {
      if (!std::string_view(held_).ends_with(std::string_view(stop).substr(0, length))) continue;
      kept = length;
    }
  }
  std::string shown = held_.substr(0, held_.size() - kept);
  held_.erase(0, shown.size());
  return shown;
}

std::string StopMatcher::finish() { return std::exchange(held_, {}); }

}  // namespace bantam::text
