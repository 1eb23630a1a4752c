#include "text/pipeline/added_tokens.h"

#include <algorithm>

#include "base/utf8.h"
#include "text/unicode/char_class.h"

namespace bantam::text {
namespace {

// Where the last character of text[0, end) begins; end > 0.
std::size_t last_character(std::string_view text, std::size_t end) {
  std::size_t begin = end - 1;
  while (begin > 0 && (text[begin] & 0xC0) == 0x80) --begin;
  return begin;
}

std::size_t skip_space_before(std::string_view text, std::size_t end) {
  while (end > 0) {
    const std::size_t begin = last_character(text, end);
    if (!(char_classes()[read_valid_utf8(text.data() + begin).value] & kSpace)) break;
    end = begin;
  }
  return end;
}

std::size_t skip_space_after(std::string_view text, std::size_t begin) {
  while (begin < text.size()) {
    const CodePoint read = read_valid_utf8(text.data() + begin);
    if (!(char_classes()[read.value] & kSpace)) break;
    begin += read.length;
  }
  return begin;
}

}  // namespace

bool SpecialScope::allows(std::size_t begin, std::size_t end) const {
  if (!anywhere) return false;
  // The first span that ends after `begin` is the only one that can overlap first.
  const auto span =
      std::upper_bound(user_spans.begin(), user_spans.end(), begin,
                       [](std::size_t place, const ByteSpan& user) { return place < user.end; });
  return span == user_spans.end() || span->begin >= end;
}

void AddedTokenMatcher::add(const AddedToken& token, std::string_view text) {
  trie_.add(text, static_cast<std::int32_t>(tokens_.size()));
  tokens_.push_back(
      {token.id, token.single_word, token.left_strip, token.right_strip, token.special});
  if (token.special && !token.content.empty()) special_contents_.push_back(token.content);
}

bool AddedTokenMatcher::has_special_in(std::string_view text,
                                       std::span<const ByteSpan> user_spans) const {
  const SpecialScope outside{.anywhere = true, .user_spans = user_spans};
  for (const std::string& content : special_contents_) {
    for (std::size_t at = text.find(content); at != std::string_view::npos;
         at = text.find(content, at + 1)) {
      if (!outside.allows(at, at + content.size())) return true;
    }
  }
  return false;
}

bool AddedTokenMatcher::stands_alone(std::string_view text, std::size_t begin,
                                     std::size_t end) const {
  const auto is_word = [&](std::size_t at) {
    return (char_classes()[read_valid_utf8(text.data() + at).value] & kWord) != 0;
  };
  return (begin == 0 || !is_word(last_character(text, begin))) &&
         (end == text.size() || !is_word(end));
}

void AddedTokenMatcher::split(std::string_view text, const SpecialScope& scope,
                              std::vector<TextPart>& parts) const {
  const auto place = [](std::size_t i) { return static_cast<std::uint32_t>(i); };
  std::size_t done = 0;  // everything before it is in a part
  std::size_t at = 0;
  while (at < text.size() && !tokens_.empty()) {
    if (!trie_.may_start(text.substr(at))) {
      ++at;
      continue;
    }
    const PrefixTrie::Match match = trie_.longest(text.substr(at));
    if (match.length == 0) {
      ++at;
      continue;
    }
    std::size_t begin = at, end = at + match.length;
    const Rules& rules = tokens_[static_cast<std::size_t>(match.value)];
    if (rules.special && scope.anywhere && !scope.allows(begin, end)) {
      ++at;  // it only seems to start here: a real one may start within
      continue;
    }
    at = end;
    if (rules.special && !scope.anywhere) continue;
    if (rules.single_word && !stands_alone(text, begin, end)) continue;
    if (rules.left_strip) begin = std::max(skip_space_before(text, begin), done);
    if (rules.right_strip) end = skip_space_after(text, end);
    if (begin > done) parts.push_back({-1, place(done), place(begin)});
    parts.push_back({rules.id, place(begin), place(end)});
    done = end;
  }
  if (done < text.size()) parts.push_back({-1, place(done), place(text.size())});
}

}  // namespace bantam::text
