// Ends a stream of text at the first of some strings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bantam::text {

// Passes text through, holding back only what may be the beginning of a stop string. Owned by one
// stream.
class StopMatcher {
 public:
  // Empty strings are ignored.
  explicit StopMatcher(std::vector<std::string> stops);

  // Adds text and returns what may be shown now. Once a stop string came, everything from its first
  // byte on is dropped and is_stopped() is true.
  std::string push(std::string_view text);

  // At the end of the stream: what was held back.
  std::string finish();

  bool is_stopped() const { return !matched_.empty(); }
  // The stop string that came; empty before.
  const std::string& matched() const { return matched_; }

 private:
  std::vector<std::string> stops_;
  std::string held_;
  std::string matched_;
};

}  // namespace bantam::text
