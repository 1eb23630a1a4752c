// The tokens of a vocabulary: text as stored, bytes as shown, and kind.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/token_id.h"

namespace bantam::text {

// Numbered as in SentencePiece's ModelProto and in GGUF's tokenizer.ggml.token_type.
enum class TokenKind : std::uint8_t {
  Absent = 0,  // an id that no token has
  Normal = 1,
  Unknown = 2,
  Control = 3,      // never made from user text
  UserDefined = 4,  // matched whole before anything else
  Unused = 5,
  Byte = 6,
};

// Strings end to end in one block. Immutable once filled: any thread.
class TextTable {
 public:
  void push_back(std::string_view text) {
    blob_ += text;
    ends_.push_back(blob_.size());
  }
  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(blob_).substr(begin, ends_[i] - begin);
  }

 private:
  std::string blob_;
  std::vector<std::size_t> ends_;
};

// Token text to id; the keys view a TextTable that outlives the map.
using TokenIndex = std::unordered_map<std::string_view, TokenId>;

}  // namespace bantam::text
