#include "engine/speculative/ngram_index.h"

#include <algorithm>
#include <bit>

namespace bantam::engine {
namespace {

constexpr std::uint64_t kSlotsMax = std::uint64_t{1} << 20;

// Extends the hash of an n-gram by the token before it. Fibonacci hashing (Knuth, The Art of
// Computer Programming 3, 6.4).
std::uint64_t extended(std::uint64_t hash, std::int32_t token) {
  return (hash ^ static_cast<std::uint32_t>(token)) * 0x9E3779B97F4A7C15U;
}

std::size_t slot(std::uint64_t hash, std::size_t mask) {
  return static_cast<std::size_t>(hash >> 32) & mask;
}

}  // namespace

NgramIndex::NgramIndex(std::int64_t tokens_max)
    : mask_(
          static_cast<std::size_t>(std::bit_ceil(std::clamp<std::uint64_t>(
                                       static_cast<std::uint64_t>(tokens_max) * 2, 64, kSlotsMax)) -
                                   1)) {
  for (auto& table : next_) table.resize(mask_ + 1);
}

void NgramIndex::extend(std::span<const std::int32_t> tokens) {
  for (; indexed_ < tokens.size(); ++indexed_) {
    std::uint64_t hash = 0;
    const std::size_t longest = std::min(indexed_, kNgramMax);
    for (std::size_t length = 1; length <= longest; ++length) {
      hash = extended(hash, tokens[indexed_ - length]);
      if (length < kNgramMin) continue;
      next_[length - kNgramMin][slot(hash, mask_)] = static_cast<std::uint32_t>(indexed_);
    }
  }
}

std::optional<NgramIndex::Match> NgramIndex::find(std::span<const std::int32_t> tokens) const {
  std::optional<Match> found;
  std::uint64_t hash = 0;
  const std::size_t longest = std::min(tokens.size(), kNgramMax);
  for (std::size_t length = 1; length <= longest; ++length) {
    hash = extended(hash, tokens[tokens.size() - length]);
    if (length < kNgramMin) continue;
    const std::size_t next = next_[length - kNgramMin][slot(hash, mask_)];
    if (next == 0) continue;
    const auto there = tokens.subspan(next - length, length);
    if (std::ranges::equal(there, tokens.last(length))) found = Match{length, next};
  }
  return found;
}

}  // namespace bantam::engine
