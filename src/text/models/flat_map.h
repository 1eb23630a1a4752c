// A hash table from 64-bit keys to small values in one block of memory: built once, then only read.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bantam::text {

// The key ~0 is reserved. Immutable once filled: any thread.
template <typename Value>
class FlatMap {
 public:
  void reserve(std::size_t count) {
    if (count * 3 / 2 >= slots_.size()) grow(std::bit_ceil(count * 2 + 8));
  }

  // Adds the key, or replaces its value.
  void set(std::uint64_t key, Value value) {
    reserve(count_ + 1);
    Slot& slot = slots_[place(key)];
    if (slot.key == kEmpty) ++count_;
    slot = {key, value};
  }

  const Value* find(std::uint64_t key) const {
    if (count_ == 0) return nullptr;
    const Slot& slot = slots_[place(key)];
    return slot.key == kEmpty ? nullptr : &slot.value;
  }

  std::size_t size() const { return count_; }

 private:
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
  struct Slot {
    std::uint64_t key = kEmpty;
    Value value{};
  };

  std::size_t place(std::uint64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::uint64_t mixed = key * 0x9E3779B97F4A7C15u;
    mixed ^= mixed >> 32;
    std::size_t i = mixed & mask;
    while (slots_[i].key != key && slots_[i].key != kEmpty) i = (i + 1) & mask;
    return i;
  }

  void grow(std::size_t slot_count) {
    std::vector<Slot> old(slot_count);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.key != kEmpty) slots_[place(slot.key)] = slot;
    }
  }

  std::vector<Slot> slots_;
  std::size_t count_ = 0;
};

}  // namespace bantam::text
