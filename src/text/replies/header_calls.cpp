#include "text/replies/header_calls.h"

#include "text/replies/json_calls.h"

namespace bantam::replies {

BlockProgress HeaderCallReader::read(std::string_view text, bool) {
  if (begin_ == 0) {
    const std::string_view header = text.substr(marker_bytes_, kHeaderBytesMax);
    const std::size_t brace = header.find('{');
    if (brace == header.npos) {
      return header.size() < kHeaderBytesMax ? BlockProgress{} : failed_at(marker_bytes_);
    }
    const auto name = name_of_(header.substr(0, brace));
    if (!name || !find_tool(tools_, *name)) return failed_at(marker_bytes_);
    name_ = *name;
    begin_ = marker_bytes_ + brace;
    scanner_.start_at(begin_);
  }
  const JsonScanner::State state = scanner_.scan(text);
  const std::size_t end = scanner_.offset();
  if (state == JsonScanner::State::More) return {};
  if (state == JsonScanner::State::Failed) return failed_at(end);
  auto arguments = arguments_of_json(text.substr(begin_, end - begin_));
  if (!arguments) return failed_at(end);
  return done_at(end, {{name_, std::move(*arguments)}});
}

}  // namespace bantam::replies
