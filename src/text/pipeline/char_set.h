// A set of code points, as a character class of a regular expression lists them.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/utf8.h"

namespace bantam::text {

// Immutable: any thread.
class CharSet {
 public:
  // The set between the brackets of "…[a-zß]…": characters and ranges, no escapes.
  static CharSet of_pattern(std::string_view pattern) {
    CharSet set;
    const std::size_t open = pattern.find('[');
    const std::u32string members =
        to_code_points(pattern.substr(open + 1, pattern.rfind(']') - open - 1));
    for (std::size_t i = 0; i < members.size(); ++i) {
      const bool is_range = i + 2 < members.size() && members[i + 1] == '-';
      set.ranges_.push_back({members[i], members[is_range ? i + 2 : i]});
      if (is_range) i += 2;
    }
    std::sort(set.ranges_.begin(), set.ranges_.end(),
              [](const Range& a, const Range& b) { return a.first < b.first; });
    return set;
  }

  bool contains(char32_t value) const {
    auto after = std::upper_bound(ranges_.begin(), ranges_.end(), value,
                                  [](char32_t v, const Range& range) { return v < range.first; });
    return after != ranges_.begin() && value <= (after - 1)->last;
  }

 private:
  struct Range {
    char32_t first, last;
  };
  std::vector<Range> ranges_;
};

}  // namespace bantam::text
