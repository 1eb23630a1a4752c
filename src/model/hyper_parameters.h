// Allowed ranges of the numbers that describe a network: one table for every family and both
// formats.
#pragma once

#include <cstdint>

namespace bantam::model {

struct Range {
  std::int64_t low;
  std::int64_t high;
};

inline constexpr Range kLayerCount{1, 512};
inline constexpr Range kHeadCount{1, 1024};
inline constexpr Range kHeadSize{1, 1024};
inline constexpr Range kHiddenSize{1, 1 << 20};
inline constexpr Range kFfnSize{1, 1 << 22};
inline constexpr Range kVocabularySize{1, 4 << 20};
inline constexpr Range kContextLength{1, 16 << 20};

}  // namespace bantam::model
