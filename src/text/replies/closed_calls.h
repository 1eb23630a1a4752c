// Calls in a notation of their own that a marker ends.
#pragma once

#include <optional>

#include "text/replies/block_reader.h"

namespace bantam::replies {

// The calls that the text between two markers spells; nothing if it spells none of `tools`.
using ReadCalls = std::optional<std::vector<ReadCall>> (*)(std::string_view between,
                                                           std::span<const Tool> tools);

// The marker, the calls, the closing marker. At the end of the reply that one may be missing.
class ClosedCallReader : public BlockReader {
 public:
  ClosedCallReader(std::string_view marker, std::span<const Tool> tools, std::string_view close,
                   ReadCalls read_calls)
      : tools_(tools), close_(close), read_calls_(read_calls), begin_(marker.size()) {}
  BlockProgress read(std::string_view text, bool is_last) override;

 private:
  std::span<const Tool> tools_;
  std::string_view close_;
  ReadCalls read_calls_;
  std::size_t begin_;
  std::size_t searched_ = 0;
};

}  // namespace bantam::replies
