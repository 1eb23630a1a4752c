// Calls that name the tool in a header and give the arguments as a JSON object.
#pragma once

#include <optional>

#include "text/replies/block_reader.h"
#include "text/replies/json_scanner.h"

namespace bantam::replies {

// The tool's name in what stands between marker and arguments; nothing if it is no such header.
using NameOfHeader = std::optional<std::string_view> (*)(std::string_view header);

// The marker, a header of at most kHeaderBytesMax bytes without a brace, and an object.
class HeaderCallReader : public BlockReader {
 public:
  static constexpr std::size_t kHeaderBytesMax = 512;

  HeaderCallReader(std::string_view marker, std::span<const Tool> tools, NameOfHeader name_of)
      : tools_(tools), name_of_(name_of), marker_bytes_(marker.size()) {}
  BlockProgress read(std::string_view text, bool is_last) override;

 private:
  std::span<const Tool> tools_;
  NameOfHeader name_of_;
  std::size_t marker_bytes_;
  std::size_t begin_ = 0;  // of the arguments; 0 until they are there
  std::string name_;
  JsonScanner scanner_;
};

}  // namespace bantam::replies
