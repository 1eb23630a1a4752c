#include "engine/sampling/candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bantam::engine {

Candidates::Candidates(std::int64_t vocabulary_size)
    : items_(static_cast<std::size_t>(vocabulary_size)),
      probabilities_(items_.size()),
      flags_(items_.size()),
      order_(items_.size()) {}

void Candidates::assign(std::span<const float> logits) {
  count_ = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    items_[count_] = {static_cast<std::int32_t>(i), logits[i]};
    count_ += logits[i] != -std::numeric_limits<float>::infinity() ? 1 : 0;
  }
  is_sorted_ = false;
}

void Candidates::assign_likeliest(std::span<const float> logits, std::size_t count) {
  // Gathers what beats the count-th likeliest so far, which after a few rounds is next to nothing.
  if (count >= (logits.size() + 3) / 4) {  // not 4 * count: that of a huge one overflows
    assign(logits);
    return keep_likeliest(count);
  }
  const std::size_t full = 4 * count;
  count_ = 0;
  is_sorted_ = false;
  float least = -std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < logits.size(); ++i) {
    // Of equals the lower id is likelier, so one that comes later loses.
    if (logits[i] <= least) continue;
    items_[count_++] = {static_cast<std::int32_t>(i), logits[i]};
    if (count_ < full) continue;
    const auto last = items_.begin() + static_cast<std::ptrdiff_t>(count - 1);
    std::nth_element(items_.begin(), last, items_.begin() + static_cast<std::ptrdiff_t>(full),
                     is_likelier);
    least = last->logit;
    count_ = count;
  }
  keep_likeliest(count);
}

void Candidates::sort() {
  if (!is_sorted_)
    std::sort(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(count_), is_likelier);
  is_sorted_ = true;
}

void Candidates::keep_likeliest(std::size_t count) {
  const auto begin = items_.begin();
  if (count < count_) {
    const auto end = begin + static_cast<std::ptrdiff_t>(count_);
    if (!is_sorted_)
      std::nth_element(begin, begin + static_cast<std::ptrdiff_t>(count), end, is_likelier);
    count_ = count;
  }
  sort();
}

void Candidates::keep_flagged(std::span<const unsigned char> flags) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (flags[i] != 0) items_[kept++] = items_[i];
  }
  count_ = kept;
}

std::span<const double> Candidates::probabilities() {
  float highest = items_[0].logit;
  for (std::size_t i = 1; i < count_; ++i) highest = std::max(highest, items_[i].logit);
  double sum = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    probabilities_[i] =
        std::exp(static_cast<double>(items_[i].logit) - static_cast<double>(highest));
    sum += probabilities_[i];
  }
  for (std::size_t i = 0; i < count_; ++i) probabilities_[i] /= sum;
  return {probabilities_.data(), count_};
}

std::span<unsigned char> Candidates::flags() { return {flags_.data(), count_}; }

std::span<std::uint32_t> Candidates::order() { return {order_.data(), count_}; }

}  // namespace bantam::engine
