// Where the last few tokens of a sequence stood before.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace bantam::engine {

// Shorter ones repeat by chance.
inline constexpr std::size_t kNgramMin = 2;
inline constexpr std::size_t kNgramMax = 5;

// For each length of n-gram, the place of its latest occurrence in a table indexed by hash, where a
// newer n-gram of the same slot displaces an older one. Owned by one sequence; allocates only at
// construction.
class NgramIndex {
 public:
  // For a sequence of at most so many tokens. Takes 32 to 64 bytes a token, 16 MiB at the most.
  explicit NgramIndex(std::int64_t tokens_max);

  // Takes in what `tokens` have more than at the last call; the others are the same.
  void extend(std::span<const std::int32_t> tokens);

  struct Match {
    std::size_t length = 0;  // of the n-gram
    std::size_t next = 0;    // index of the token that followed it
  };
  // The longest n-gram that ends `tokens` and stood somewhere before; its latest occurrence.
  // `tokens` are those of the last extend().
  std::optional<Match> find(std::span<const std::int32_t> tokens) const;

 private:
  static constexpr std::size_t kLengths = kNgramMax - kNgramMin + 1;

  std::array<std::vector<std::uint32_t>, kLengths> next_;  // 0: empty
  std::size_t mask_;
  std::size_t indexed_ = 0;  // tokens whose n-grams before them are in the tables
};

}  // namespace bantam::engine
