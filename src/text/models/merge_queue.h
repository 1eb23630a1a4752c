// The order in which the pairs of a long word merge, in time linear in the number of pairs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

namespace bantam::text {

// Gives (rank, place) pairs lowest first. Pairs of one rank lie in a bucket, which is sorted when
// its rank comes up; pairs that come too late for their bucket go through a small heap. Merges make
// pairs of higher ranks almost always, so that nearly all work is appending to buckets. One thread
// at a time.
class MergeQueue {
 public:
  struct Entry {
    std::uint32_t rank = 0, place = 0;
  };

  // Forgets everything; ranks are below `rank_count`.
  void reset(std::uint32_t rank_count) {
    if (bucket_of_rank_.size() < rank_count) bucket_of_rank_.resize(rank_count, kNone);
    for (const std::uint32_t rank : waiting_ranks_) bucket_of_rank_[rank] = kNone;
    buckets_.clear(), links_.clear(), waiting_ranks_.clear(), late_.clear(), batch_.clear();
    free_link_ = free_bucket_ = kNone;
    batch_next_ = 0;
    started_ = false;
  }

  void push(Entry entry) {
    if (started_ && entry.rank <= batch_rank_) {
      late_.push_back(key(entry));
      std::push_heap(late_.begin(), late_.end(), std::greater<>());
      return;
    }
    std::uint32_t& bucket = bucket_of_rank_[entry.rank];
    if (bucket == kNone) {
      bucket = new_bucket();
      waiting_ranks_.push_back(entry.rank);
      std::push_heap(waiting_ranks_.begin(), waiting_ranks_.end(), std::greater<>());
    }
    const std::uint32_t link = new_link(entry.place);
    Bucket& list = buckets_[bucket];
    (list.first == kNone ? list.first : links_[list.last].next) = link;
    list.last = link;
  }

  // The lowest entry into `entry`; false when none is left.
  bool pop(Entry& entry) {
    if (batch_next_ == batch_.size() && late_.empty() && !next_batch()) return false;
    const bool in_batch = batch_next_ < batch_.size();
    const Entry next{batch_rank_, in_batch ? batch_[batch_next_] : 0};
    if (!late_.empty() && (!in_batch || late_.front() < key(next))) {
      entry = {static_cast<std::uint32_t>(late_.front() >> 32),
               static_cast<std::uint32_t>(late_.front())};
      std::pop_heap(late_.begin(), late_.end(), std::greater<>());
      late_.pop_back();
      return true;
    }
    ++batch_next_;
    entry = next;
    return true;
  }

  // Gives back what an unusually long word needed.
  void trim() {
    constexpr std::size_t kKept = 1 << 16;
    if (links_.capacity() <= kKept) return;
    const std::size_t rank_count = bucket_of_rank_.size();
    *this = MergeQueue();
    bucket_of_rank_.resize(rank_count, kNone);
  }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  struct Bucket {
    std::uint32_t first = kNone,
                  last = kNone;  // links; `first` is the next free one in a free bucket
  };
  struct Link {
    std::uint32_t place = 0, next = kNone;
  };

  static std::uint64_t key(Entry entry) {
    return static_cast<std::uint64_t>(entry.rank) << 32 | entry.place;
  }

  std::uint32_t new_bucket() {
    if (free_bucket_ == kNone) {
      buckets_.push_back({});
      return static_cast<std::uint32_t>(buckets_.size() - 1);
    }
    const std::uint32_t bucket = free_bucket_;
    free_bucket_ = buckets_[bucket].first;
    buckets_[bucket] = {};
    return bucket;
  }

  std::uint32_t new_link(std::uint32_t place) {
    if (free_link_ == kNone) {
      links_.push_back({place, kNone});
      return static_cast<std::uint32_t>(links_.size() - 1);
    }
    const std::uint32_t link = free_link_;
    free_link_ = links_[link].next;
    links_[link] = {place, kNone};
    return link;
  }

  // Takes the bucket of the lowest rank, and gives its memory back for reuse.
  bool next_batch() {
    if (waiting_ranks_.empty()) return false;
    batch_rank_ = waiting_ranks_.front();
    std::pop_heap(waiting_ranks_.begin(), waiting_ranks_.end(), std::greater<>());
    waiting_ranks_.pop_back();
    const std::uint32_t bucket = bucket_of_rank_[batch_rank_];
    bucket_of_rank_[batch_rank_] = kNone;
    batch_.clear();
    for (std::uint32_t link = buckets_[bucket].first; link != kNone; link = links_[link].next) {
      batch_.push_back(links_[link].place);
    }
    links_[buckets_[bucket].last].next = free_link_;
    free_link_ = buckets_[bucket].first;
    buckets_[bucket].first = free_bucket_;
    free_bucket_ = bucket;
    if (!std::is_sorted(batch_.begin(), batch_.end())) std::sort(batch_.begin(), batch_.end());
    batch_next_ = 0;
    started_ = true;
    return true;
  }

  std::vector<std::uint32_t> bucket_of_rank_, waiting_ranks_;  // waiting_ranks_ is a heap
  std::vector<Bucket> buckets_;
  std::vector<Link> links_;
  std::vector<std::uint64_t> late_;  // a heap
  std::vector<std::uint32_t> batch_;
  std::size_t batch_next_ = 0;
  std::uint32_t batch_rank_ = 0, free_link_ = kNone, free_bucket_ = kNone;
  bool started_ = false;
};

}  // namespace bantam::text
