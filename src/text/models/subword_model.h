// What turns one pre-tokenized piece of text into token ids.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "text/models/merge_queue.h"
#include "text/token_id.h"

namespace bantam::text {

// Ids of words met before: direct-mapped, so that its size never grows. One thread at a time.
class WordCache {
 public:
  static constexpr std::size_t kWordBytesMax = 30, kIdsMax = 8;

  // Appends the ids of `word` and returns true if they are known.
  bool append(std::string_view word, std::vector<TokenId>& ids) const {
    if (entries_.empty() || word.size() > kWordBytesMax) return false;
    const Entry& entry = entries_[slot(word)];
    if (entry.length != word.size() ||
        std::memcmp(entry.word.data(), word.data(), word.size()) != 0) {
      return false;
    }
    ids.insert(ids.end(), entry.ids.begin(), entry.ids.begin() + entry.count);
    return true;
  }

  void put(std::string_view word, const TokenId* ids, std::size_t count) {
    if (word.empty() || word.size() > kWordBytesMax || count > kIdsMax) return;
    if (entries_.empty()) entries_.resize(kEntries);
    Entry& entry = entries_[slot(word)];
    entry.length = static_cast<std::uint8_t>(word.size());
    entry.count = static_cast<std::uint8_t>(count);
    std::memcpy(entry.word.data(), word.data(), word.size());
    std::copy(ids, ids + count, entry.ids.begin());
  }

 private:
  static constexpr std::size_t kEntries = 1 << 14;  // 1 MiB
  struct alignas(64) Entry {
    std::uint8_t length = 0, count = 0;
    std::array<char, kWordBytesMax> word{};
    std::array<TokenId, kIdsMax> ids{};
  };
  static_assert(sizeof(Entry) == 64);

  static std::size_t slot(std::string_view word) {
    std::uint64_t hash = word.size();
    const char* p = word.data();
    std::size_t left = word.size();
    while (left > 0) {
      std::uint64_t part = 0;
      const std::size_t take = left < 8 ? left : 8;
      std::memcpy(&part, p, take);
      hash = (hash ^ part) * 0x9E3779B97F4A7C15u;
      hash ^= hash >> 29;
      p += take;
      left -= take;
    }
    return (hash ^ hash >> 15) & (kEntries - 1);
  }

  std::vector<Entry> entries_;
};

// Buffers that a call to encode() works in and the next one reuses. One thread at a time.
struct EncodeScratch {
  WordCache words;
  std::vector<TokenId> symbols;
  std::vector<std::uint32_t> ranks, previous, next;
  MergeQueue queue;

  // Gives back what an unusually long text needed.
  void trim() {
    constexpr std::size_t kKept = 1 << 16;
    queue.trim();
    if (symbols.capacity() > kKept) symbols = {}, ranks = {}, previous = {}, next = {};
  }
};

// Immutable: any thread, each with its own scratch.
class SubwordModel {
 public:
  virtual ~SubwordModel() = default;
  // Appends the ids of `piece`, valid UTF-8 and not empty.
  virtual void encode(std::string_view piece, EncodeScratch& scratch,
                      std::vector<TokenId>& ids) const = 0;
};

}  // namespace bantam::text
