#include "text/tiktoken.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <unordered_map>

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"
#include "text/models/bpe.h"
#include "text/readers/base64.h"
#include "text/tokenizer_parts.h"

namespace bantam::text {
namespace {

constexpr std::size_t kRankedBytesMax = 1024;
// Sum of the cubes of the lengths of all tokens: the work of finding their merges. cl100k needs
// 2^29.
constexpr std::size_t kWorkMax = std::size_t{1} << 33;

class Reader {
 public:
  Reader(std::string_view lines, std::string_view file) : rest_(lines), file_(file) {
    if (lines.size() > limits::kTokenizerJsonBytesMax) {
      fail(format("{} bytes", lines.size()), format("at most {}", limits::kTokenizerJsonBytesMax));
    }
  }

  // Tokens by rank; ranks without a token are empty.
  std::vector<std::string> read() {
    std::vector<std::string> tokens;
    while (!rest_.empty()) {
      ++line_;
      const std::size_t end = std::min(rest_.find('\n'), rest_.size());
      std::string_view line = rest_.substr(0, end);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (!line.empty()) read_line(line, tokens);
    }
    if (tokens.empty()) fail("no token", "some");
    std::size_t work = 0;
    for (const std::string& token : tokens) work += token.size() * token.size() * token.size();
    if (work > kWorkMax) fail("too many tokens of hundreds of bytes", "words");
    return tokens;
  }

 private:
  [[noreturn]] void fail(std::string_view found, std::string_view expected) const {
    throw Error(ErrorCode::BadFile,
                format("{}: line {}: found {}, expected {}", file_, line_, found, expected));
  }

  void read_line(std::string_view line, std::vector<std::string>& tokens) const {
    const std::size_t blank = line.find(' ');
    const std::optional<std::string> bytes = decode_base64(line.substr(0, blank));
    std::size_t rank = 0;
    const std::string_view digits = blank == line.npos ? "" : line.substr(blank + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rank);
    if (!bytes || bytes->empty() || bytes->size() > kRankedBytesMax || error != std::errc() ||
        end != digits.data() + digits.size() || rank >= limits::kTokenizerItemsMax) {
      fail(bantam::quoted(line, 40), "a token in base64, a blank and a rank");
    }
    if (rank >= tokens.size()) tokens.resize(rank + 1);
    if (!tokens[rank].empty()) fail(format("rank {} again", rank), "each rank once");
    tokens[rank] = *bytes;
  }

  std::string_view rest_, file_;
  std::size_t line_ = 0;
};

// The merge that makes each token: the two parts that lower ranks leave of it.
class MergeFinder {
 public:
  explicit MergeFinder(const std::vector<std::string>& tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (!tokens[i].empty()) ranks_.emplace(tokens[i], static_cast<std::uint32_t>(i));
    }
  }

  std::vector<BpeMerge> find(const std::vector<std::string>& tokens) const {
    std::vector<BpeMerge> merges;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i].size() < 2) continue;
      const std::vector<std::string_view> parts = split(tokens[i], static_cast<std::uint32_t>(i));
      if (parts.size() != 2) continue;  // no pair makes this token
      const auto left = ranks_.find(parts[0]), right = ranks_.find(parts[1]);
      if (left == ranks_.end() || right == ranks_.end()) continue;
      merges.push_back({static_cast<TokenId>(left->second), static_cast<TokenId>(right->second),
                        static_cast<std::uint32_t>(i), static_cast<TokenId>(i)});
    }
    return merges;
  }

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::vector<std::string_view> split(std::string_view token, std::uint32_t below) const {
    std::vector<std::string_view> parts;
    for (std::size_t i = 0; i < token.size(); ++i) parts.push_back(token.substr(i, 1));
    while (parts.size() > 2) {
      std::uint32_t best = kNone;
      std::size_t place = 0;
      for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const std::string_view joined(parts[i].data(), parts[i].size() + parts[i + 1].size());
        const auto found = ranks_.find(joined);
        if (found != ranks_.end() && found->second < best) {
          best = found->second;
          place = i;
        }
      }
      if (best >= below) break;
      parts[place] = {parts[place].data(), parts[place].size() + parts[place + 1].size()};
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(place) + 1);
    }
    return parts;
  }

  std::unordered_map<std::string_view, std::uint32_t> ranks_;
};

std::vector<AddedToken> special_tokens(const TiktokenOptions& options,
                                       const std::vector<std::string>& ranked,
                                       std::string_view file) {
  std::vector<AddedToken> added;
  for (const auto& [text, id] : options.special_tokens) {
    const auto place = static_cast<std::size_t>(id);
    const bool taken = id >= 0 && place < ranked.size() && !ranked[place].empty();
    if (id < 0 || place >= limits::kTokenizerItemsMax || taken || !is_valid_utf8(text)) {
      throw Error(ErrorCode::BadInput,
                  format("{}: special token {}: found id {}, expected one that no token has", file,
                         bantam::quoted(text), id));
    }
    AddedToken token;
    token.id = id, token.content = text, token.normalized = false, token.special = true;
    added.push_back(std::move(token));
  }
  return added;
}

std::shared_ptr<const TokenList> token_list(const std::vector<std::string>& ranked,
                                            const std::vector<AddedToken>& added) {
  std::size_t count = ranked.size();
  for (const AddedToken& token : added) {
    count = std::max(count, static_cast<std::size_t>(token.id) + 1);
  }
  auto tokens = std::make_shared<TokenList>();
  tokens->kinds.resize(count, TokenKind::Absent);
  std::vector<std::string_view> bytes(ranked.begin(), ranked.end());
  bytes.resize(count);
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    if (!ranked[i].empty()) tokens->kinds[i] = TokenKind::Normal;
  }
  for (const AddedToken& token : added) {
    bytes[static_cast<std::size_t>(token.id)] = token.content;
    tokens->kinds[static_cast<std::size_t>(token.id)] = TokenKind::Control;
  }
  for (const std::string_view token : bytes) {
    tokens->bytes.push_back(token);
    tokens->pieces.push_back(token);
  }
  return tokens;
}

BpeParts merges_of_ranks(const std::vector<std::string>& ranked, const TokenList& tokens) {
  BpeParts bpe;
  bpe.options.byte_level = true;
  bpe.options.ignore_merges = true;  // as tiktoken: a whole piece that is a token is that token
  bpe.vocabulary_size = static_cast<TokenId>(tokens.kinds.size());
  bpe.byte_tokens.fill(-1);
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    if (ranked[i].empty()) continue;
    bpe.tokens.try_emplace(tokens.bytes[i], static_cast<TokenId>(i));
    if (ranked[i].size() == 1) {
      bpe.byte_tokens[static_cast<unsigned char>(ranked[i][0])] = static_cast<TokenId>(i);
    }
  }
  bpe.merges = MergeFinder(ranked).find(ranked);
  return bpe;
}

}  // namespace

Tokenizer tokenizer_from_tiktoken(std::string_view lines, std::string_view file_name,
                                  const TiktokenOptions& options) {
  const std::vector<std::string> ranked = Reader(lines, file_name).read();
  const std::vector<AddedToken> added = special_tokens(options, ranked, file_name);
  TokenizerParts parts;
  parts.tokens = token_list(ranked, added);
  parts.pretokenizer = PreTokenizer(
      {split_by_expression(options.pattern, SplitBehavior::Isolated, false, file_name)});
  parts.model = std::make_unique<BpeModel>(merges_of_ranks(ranked, *parts.tokens));
  parts.decoder = JoinBytes{};
  add_added_tokens(parts, added);
  for (const AddedToken& token : added) {
    if (token.content == options.bos) parts.bos = token.id;
    if (token.content == options.eos) parts.eos = token.id;
  }
  if (options.add_bos && parts.bos) parts.before.push_back(*parts.bos);
  parts.end_of_generation = find_end_of_generation(*parts.tokens, {parts.eos});
  return Tokenizer(std::move(parts));
}

}  // namespace bantam::text
