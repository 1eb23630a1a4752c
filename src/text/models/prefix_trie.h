// A set of byte strings that finds its longest member at the start of a text.
#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/models/flat_map.h"

namespace bantam::text {

// Immutable once filled: any thread.
class PrefixTrie {
 public:
  struct Match {
    std::size_t length = 0;  // 0: none
    std::int32_t value = -1;
  };

  // Adds a string that is not empty; a second value for it replaces the first.
  void add(std::string_view text, std::int32_t value) {
    std::uint32_t node = 0;
    for (const char byte : text) {
      const std::uint64_t key = edge(node, byte);
      if (const std::uint32_t* next = edges_.find(key)) {
        node = *next;
      } else {
        values_.push_back(-1);
        edges_.set(key, static_cast<std::uint32_t>(values_.size() - 1));
        node = static_cast<std::uint32_t>(values_.size() - 1);
      }
    }
    values_[node] = value;
    first_[byte_at(text, 0)] = true;
    if (text.size() == 1) {
      for (std::size_t second = 0; second < 256; ++second)
        pairs_[byte_at(text, 0) << 8 | second] = true;
    } else {
      pairs_[byte_at(text, 0) << 8 | byte_at(text, 1)] = true;
    }
  }

  bool empty() const { return edges_.size() == 0; }
  // False only if no member is a prefix of `text`, which is not empty.
  bool may_start(std::string_view text) const {
    return text.size() == 1 ? first_[byte_at(text, 0)]
                            : pairs_[byte_at(text, 0) << 8 | byte_at(text, 1)];
  }

  // Calls `found(length, value)` for every member that `text` starts with, shortest first.
  template <typename Found>
  void for_each(std::string_view text, Found&& found) const {
    if (text.empty() || !may_start(text)) return;
    std::uint32_t node = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::uint32_t* next = edges_.find(edge(node, text[i]));
      if (next == nullptr) return;
      node = *next;
      if (values_[node] >= 0) found(i + 1, values_[node]);
    }
  }

  Match longest(std::string_view text) const {
    Match best;
    for_each(text, [&best](std::size_t length, std::int32_t value) { best = {length, value}; });
    return best;
  }

 private:
  static std::uint64_t edge(std::uint32_t node, char byte) {
    return static_cast<std::uint64_t>(node) << 8 | static_cast<unsigned char>(byte);
  }

  static std::size_t byte_at(std::string_view text, std::size_t i) {
    return static_cast<unsigned char>(text[i]);
  }

  FlatMap<std::uint32_t> edges_;
  std::vector<std::int32_t> values_{-1};  // by node; -1: no member ends here
  std::bitset<256> first_;
  std::bitset<65536> pairs_;  // of first and second byte
};

}  // namespace bantam::text
