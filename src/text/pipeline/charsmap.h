// SentencePiece's precompiled normalization rules: a double-array trie and the texts it leads to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bantam::text {

// Layout: uint32 size of the trie in bytes, the trie (units of darts-clone), then texts ended by
// zeros. Immutable: any thread.
class Charsmap {
 public:
  struct Match {
    std::size_t length = 0;  // of what is replaced; 0: nothing here
    std::string_view replacement;
  };

  // Throws Error{BadFile} naming `where` if the sizes do not fit.
  Charsmap(std::string_view bytes, std::string_view where);

  // The longest rule that fits at the start of `text`.
  Match longest(std::string_view text) const;

 private:
  std::vector<std::uint32_t> units_;
  std::string texts_;
};

}  // namespace bantam::text
