// The tokens that may come next, with their scores: what sampling stages narrow down.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace bantam::engine {

struct Candidate {
  std::int32_t id;
  float logit;
};

// Higher logit first, lower id first among equals: the order of every stage, so that results do not
// depend on how a sort breaks ties.
inline bool is_likelier(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
}

// A shrinking list in memory that is reserved once. Owned by one sampler.
class Candidates {
 public:
  explicit Candidates(std::int64_t vocabulary_size);

  // All but those whose logit is minus infinity, which may not come.
  void assign(std::span<const float> logits);
  // Of the same the `count` likeliest only, sorted: many times faster than to assign all and drop
  // most. `count` is above 0.
  void assign_likeliest(std::span<const float> logits, std::size_t count);
  std::span<Candidate> items() { return {items_.data(), count_}; }
  std::size_t count() const { return count_; }

  // Sorts wholly, likeliest first.
  void sort();
  // Keeps the `count` likeliest, sorted.
  void keep_likeliest(std::size_t count);
  // Keeps the first `count`; for stages that sorted and counted.
  void truncate(std::size_t count) { count_ = count; }
  // Keeps items whose flag is set, in their order. `flags` has count() items.
  void keep_flagged(std::span<const unsigned char> flags);
  // Writes the probabilities of the items at temperature 1 into an internal buffer and returns it.
  std::span<const double> probabilities();
  // Scratch for a stage: count() flags.
  std::span<unsigned char> flags();
  std::span<std::uint32_t> order();

 private:
  std::vector<Candidate> items_;
  std::vector<double> probabilities_;
  std::vector<unsigned char> flags_;
  std::vector<std::uint32_t> order_;
  std::size_t count_ = 0;
  bool is_sorted_ = false;
};

}  // namespace bantam::engine
