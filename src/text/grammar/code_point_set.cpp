#include "text/grammar/code_point_set.h"

#include <algorithm>

namespace bantam::grammar {
namespace {

constexpr char32_t kLast = 0x10FFFF, kSurrogateFirst = 0xD800, kSurrogateLast = 0xDFFF;

}  // namespace

CodePointSet::CodePointSet(std::initializer_list<CodePointRange> ranges) {
  for (const CodePointRange& range : ranges) add(range.first, range.last);
}

CodePointSet CodePointSet::all() { return {{0, kLast}}; }

void CodePointSet::add(char32_t first, char32_t last) {
  if (first > last) return;
  if (first < kSurrogateFirst && last > kSurrogateLast) {
    add(first, kSurrogateFirst - 1);
    add(kSurrogateLast + 1, last);
    return;
  }
  if (first >= kSurrogateFirst && first <= kSurrogateLast) first = kSurrogateLast + 1;
  if (last >= kSurrogateFirst && last <= kSurrogateLast) last = kSurrogateFirst - 1;
  if (first > last) return;
  // The ranges that touch the new one become part of it.
  const auto begin =
      std::lower_bound(ranges_.begin(), ranges_.end(), first,
                       [](const CodePointRange& r, char32_t value) { return r.last + 1 < value; });
  auto end = begin;
  while (end != ranges_.end() && end->first <= last + 1) {
    first = std::min(first, end->first);
    last = std::max(last, end->last);
    ++end;
  }
  const auto at = ranges_.erase(begin, end);
  ranges_.insert(at, {first, last});
}

void CodePointSet::add(const CodePointSet& other) {
  for (const CodePointRange& range : other.ranges_) add(range.first, range.last);
}

CodePointSet CodePointSet::complement() const {
  CodePointSet result;
  char32_t next = 0;
  for (const CodePointRange& range : ranges_) {
    if (range.first > next) result.add(next, range.first - 1);
    next = range.last + 1;
  }
  if (next <= kLast) result.add(next, kLast);
  return result;
}

CodePointSet CodePointSet::without(const CodePointSet& other) const {
  return common(other.complement());
}

CodePointSet CodePointSet::common(const CodePointSet& other) const {
  CodePointSet result;
  auto a = ranges_.begin(), b = other.ranges_.begin();
  while (a != ranges_.end() && b != other.ranges_.end()) {
    const char32_t first = std::max(a->first, b->first), last = std::min(a->last, b->last);
    if (first <= last) result.ranges_.push_back({first, last});
    (a->last < b->last ? a : b)++;
  }
  return result;
}

bool CodePointSet::contains(char32_t value) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [value](const CodePointRange& r) {
    return value >= r.first && value <= r.last;
  });
}

}  // namespace bantam::grammar
