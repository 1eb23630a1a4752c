#include "text/replies/block_reader.h"

namespace bantam::replies {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = skip_space(text, 0);
  const std::size_t end = text.find_last_not_of(kSpace);
  return begin == text.size() ? std::string_view() : text.substr(begin, end + 1 - begin);
}

Match match_at(std::string_view text, std::size_t from, std::string_view word) {
  const std::string_view rest = text.substr(from);
  if (rest.starts_with(word)) return Match::Yes;
  return word.starts_with(rest) ? Match::Maybe : Match::No;
}

}  // namespace bantam::replies
