#include "text/replies/closed_calls.h"

#include <algorithm>

namespace bantam::replies {

BlockProgress ClosedCallReader::read(std::string_view text, bool is_last) {
  std::size_t end = text.find(close_, std::max(begin_, searched_));
  if (end == text.npos && !is_last) {
    searched_ = text.size() - std::min(text.size(), close_.size() - 1);
    return {};
  }
  end = std::min(end, text.size());
  const std::size_t after = std::min(text.size(), end + close_.size());
  auto calls = read_calls_(text.substr(begin_, end - begin_), tools_);
  return calls ? done_at(after, std::move(*calls)) : failed_at(after);
}

}  // namespace bantam::replies
