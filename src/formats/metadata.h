// The key-value side of a model file: GGUF's key-values, or config.json flattened to dotted keys.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bantam::formats {

// Numbers keep the widest form of their kind; text views the file or the Metadata's own store.
using MetadataValue =
    std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view, std::vector<bool>,
                 std::vector<std::int64_t>, std::vector<std::uint64_t>, std::vector<double>,
                 std::vector<std::string_view>>;

bool is_array(const MetadataValue& value);

struct MetadataEntry {
  MetadataValue value;
  std::uint64_t offset = 0;     // of the value in its file, bytes; 0 where there is none
  std::uint32_t gguf_type = 0;  // GGUF value type (element type for an array); 0 elsewhere
  bool is_override = false;     // stated by the user in the place of the file
};

// Keys in lexical order. Movable. Immutable once its file is read: any thread.
// Every typed look-up gives nothing for an absent key and throws BadFile naming file, key, found
// and expected for a value of another type or out of range; `require_` look-ups throw for an absent
// key too.
class Metadata {
 public:
  explicit Metadata(std::string file) : file_(std::move(file)) {}
  Metadata(Metadata&&) = default;
  Metadata& operator=(Metadata&&) = default;

  const std::string& file() const { return file_; }  // for messages
  const std::map<std::string, MetadataEntry, std::less<>>& entries() const { return entries_; }
  std::span<const std::string_view> keys_in_file_order() const { return order_; }
  bool contains(std::string_view key) const { return entries_.contains(key); }

  std::optional<bool> boolean(std::string_view key) const;
  // A whole number within [low, high]; a float that is whole counts (config.json has such).
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t low,
                                      std::int64_t high) const;
  // A finite number; integers count.
  std::optional<double> real(std::string_view key) const;
  std::optional<std::string_view> text(std::string_view key) const;
  // Arrays; null where the key is absent; an empty array is one of every kind. Integers of either
  // sign are given as int64. Reals may be infinite but not NaN; integers count.
  std::optional<std::vector<std::int64_t>> integers(std::string_view key) const;
  std::optional<std::vector<double>> reals(std::string_view key) const;
  const std::vector<std::string_view>* texts(std::string_view key) const;
  std::optional<std::vector<bool>> booleans(std::string_view key) const;

  std::int64_t require_integer(std::string_view key, std::int64_t low, std::int64_t high) const;
  double require_real(std::string_view key) const;
  std::string_view require_text(std::string_view key) const;

  // Throws BadFile: "FILE: byte OFFSET: KEY: found FOUND, expected EXPECTED", without the byte
  // where the key is absent or its place unknown.
  [[noreturn]] void fail(std::string_view key, std::string_view found,
                         std::string_view expected) const;

  // For readers and overrides: adds or replaces an entry; `store` copies text that the file does
  // not hold.
  void set(std::string_view key, MetadataEntry entry);
  std::string_view store(std::string text);

  // Removes an entry; nothing happens where there is none.
  void erase(std::string_view key);

  // Notes that the file has this key with a value that cannot be kept, and why. Looking it up gives
  // nothing; requiring it names the reason.
  void ignore(std::string_view key, std::string reason);
  const std::map<std::string, std::string, std::less<>>& ignored() const { return ignored_; }

 private:
  const MetadataEntry* find(std::string_view key) const;
  [[noreturn]] void fail_absent(std::string_view key, std::string_view expected) const;

  std::string file_;
  std::map<std::string, MetadataEntry, std::less<>> entries_;
  std::vector<std::string_view> order_;  // views the keys of entries_, which never move
  std::map<std::string, std::string, std::less<>> ignored_;
  std::deque<std::string> texts_;
};

// The value as people read it, arrays cut after `items_max`: "32", "[a, b, … 32000 in all]".
std::string to_text(const MetadataValue& value, std::size_t items_max = 8);

}  // namespace bantam::formats
