#include "text/pipeline/charsmap.h"

#include <cstring>

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"

namespace bantam::text {
namespace {

// Fields of a unit of darts-clone.
bool has_leaf(std::uint32_t unit) { return (unit >> 8 & 1) != 0; }
std::uint32_t label(std::uint32_t unit) { return unit & (1u << 31 | 0xFF); }
std::uint32_t offset(std::uint32_t unit) { return unit >> 10 << ((unit & 1u << 9) >> 6); }
std::uint32_t leaf_value(std::uint32_t unit) { return unit & ~(1u << 31); }

// A rule that would cut a character in two is passed over: text stays valid UTF-8.
bool is_inside_character(char byte) { return (byte & 0xC0) == 0x80; }

}  // namespace

Charsmap::Charsmap(std::string_view bytes, std::string_view where) {
  std::uint32_t trie_bytes = 0;
  if (bytes.size() >= sizeof trie_bytes) std::memcpy(&trie_bytes, bytes.data(), sizeof trie_bytes);
  if (bytes.size() < sizeof trie_bytes || trie_bytes > bytes.size() - sizeof trie_bytes ||
      trie_bytes % sizeof(std::uint32_t) != 0 || trie_bytes == 0) {
    throw Error(
        ErrorCode::BadFile,
        format("{}: found a trie of {} bytes in {} bytes, expected a multiple of 4 that fits",
               where, trie_bytes, bytes.size()));
  }
  units_.resize(trie_bytes / sizeof(std::uint32_t));
  std::memcpy(units_.data(), bytes.data() + sizeof trie_bytes, trie_bytes);
  texts_ = bytes.substr(sizeof trie_bytes + trie_bytes);
  if (!is_valid_utf8(texts_)) {
    throw Error(ErrorCode::BadFile,
                format("{}: found replacements that are not UTF-8, expected UTF-8", where));
  }
}

Charsmap::Match Charsmap::longest(std::string_view text) const {
  Match best;
  std::uint32_t at = offset(units_[0]);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    at ^= byte;
    if (byte == 0 || at >= units_.size() || label(units_[at]) != byte) break;
    const std::uint32_t unit = units_[at];
    at ^= offset(unit);
    if (at >= units_.size()) break;
    if (!has_leaf(unit)) continue;
    const std::uint32_t begin = leaf_value(units_[at]);
    if (begin >= texts_.size()) break;
    if (is_inside_character(texts_[begin])) continue;
    if (i + 1 < text.size() && is_inside_character(text[i + 1])) continue;
    best = {i + 1, std::string_view(texts_.c_str() + begin)};
  }
  return best;
}

}  // namespace bantam::text
