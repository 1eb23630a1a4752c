#include "text/models/bpe.h"

#include <algorithm>

#include "base/check.h"
#include "base/utf8.h"

namespace bantam::text {
namespace {

constexpr std::string_view kBlank = "\xE2\x96\x81";  // U+2581, the blank of SentencePiece
constexpr std::size_t kShortWord = 48;               // symbols; longer ones use the queue

// Symbols that never merge carry this bit.
constexpr TokenId kFrozen = 1 << 30;
TokenId freeze(TokenId id) { return id | kFrozen; }
bool is_frozen(TokenId symbol) { return (symbol & kFrozen) != 0; }

std::uint64_t pair_key(TokenId left, TokenId right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
         static_cast<std::uint32_t>(right);
}

}  // namespace

BpeModel::BpeModel(BpeParts parts) : parts_(std::move(parts)) {
  joins_.reserve(parts_.merges.size());
  for (const BpeMerge& merge : parts_.merges) {
    joins_.set(pair_key(merge.left, merge.right), {merge.rank, merge.result});
    rank_count_ = std::max(rank_count_, merge.rank + 1);
  }
  ascii_.fill(-1);
  const auto add_character = [this](std::string_view text, TokenId symbol) {
    const Utf8Step step = text.empty() ? Utf8Step{} : read_utf8(text);
    if (step.kind != Utf8Step::Kind::Character || step.length != text.size()) return;
    characters_.set(step.value, symbol);
    if (step.value < ascii_.size()) ascii_[step.value] = symbol;
  };
  if (!parts_.options.byte_level) {
    for (const auto& [text, id] : parts_.tokens) add_character(text, id);
    for (std::size_t i = 0; i < parts_.extra_characters.size(); ++i) {
      add_character(parts_.extra_characters[i], parts_.vocabulary_size + static_cast<TokenId>(i));
    }
  }
  for (const auto& [text, id] : parts_.user_defined) user_defined_.add(text, id);
  find_word_boundaries();
  parts_.merges = {};
}

const BpeModel::Join* BpeModel::find_join(TokenId left, TokenId right) const {
  if (is_frozen(left) || is_frozen(right)) return nullptr;
  return joins_.find(pair_key(left, right));
}

// Whether tokens that stand for other text, unknown or bytes, take part in merges.
bool BpeModel::stand_ins_merge() const {
  if (parts_.options.plain_bytes) return false;
  std::vector<bool> stands_in(static_cast<std::size_t>(parts_.vocabulary_size));
  for (const TokenId id : parts_.byte_tokens) {
    if (id >= 0) stands_in[static_cast<std::size_t>(id)] = true;
  }
  if (parts_.options.unknown) stands_in[static_cast<std::size_t>(*parts_.options.unknown)] = true;
  return std::any_of(parts_.merges.begin(), parts_.merges.end(), [&](const BpeMerge& merge) {
    return merge.left < parts_.vocabulary_size && stands_in[static_cast<std::size_t>(merge.left)];
  });
}

// No merge crosses from x to U+2581 if no token holds the two in a row: such places cut a text into
// words that can be looked up, with the same result.
void BpeModel::find_word_boundaries() {
  const BpeOptions& options = parts_.options;
  splits_words_ = !options.byte_level && !options.ignore_merges && !stand_ins_merge() &&
                  options.continuing_prefix.empty() && options.end_suffix.empty() &&
                  parts_.tokens.contains(kBlank);
  if (!splits_words_) return;
  const auto look_at = [this](std::string_view token) {
    for (std::size_t at = token.find(kBlank, 1); at != token.npos;
         at = token.find(kBlank, at + 1)) {
      std::size_t begin = at - 1;
      while (begin > 0 && (token[begin] & 0xC0) == 0x80) --begin;
      const Utf8Step step = read_utf8(token.substr(begin));
      if (step.kind == Utf8Step::Kind::Character) joined_to_blank_.set(step.value, 1);
    }
  };
  for (const auto& [text, id] : parts_.tokens) look_at(text);
  for (const auto& [text, id] : parts_.user_defined) look_at(text);
  joined_to_blank_.set(0x2581, 1);
}

void BpeModel::encode(std::string_view piece, EncodeScratch& scratch,
                      std::vector<TokenId>& ids) const {
  if (parts_.options.ignore_merges) {
    const auto whole = parts_.tokens.find(piece);
    if (whole != parts_.tokens.end()) {
      ids.push_back(whole->second);
      return;
    }
  }
  if (!splits_words_) return encode_word(piece, scratch, ids);
  std::size_t begin = 0;
  for (std::size_t at = piece.find(kBlank, 1); at != piece.npos; at = piece.find(kBlank, at + 3)) {
    std::size_t before = at - 1;
    while ((piece[before] & 0xC0) == 0x80) --before;
    if (joined_to_blank_.find(read_valid_utf8(piece.data() + before).value) != nullptr) continue;
    encode_word(piece.substr(begin, at - begin), scratch, ids);
    begin = at;
  }
  encode_word(piece.substr(begin), scratch, ids);
}

void BpeModel::encode_word(std::string_view word, EncodeScratch& scratch,
                           std::vector<TokenId>& ids) const {
  if (scratch.words.append(word, ids)) return;
  const std::size_t before = ids.size();
  scratch.symbols.clear();
  first_symbols(word, scratch.symbols);
  if (scratch.symbols.size() > kShortWord) {
    merge_long(scratch);
  } else {
    merge_short(scratch);
  }
  append_tokens(scratch.symbols, ids);
  scratch.words.put(word, ids.data() + before, ids.size() - before);
}

void BpeModel::first_symbols(std::string_view word, std::vector<TokenId>& symbols) const {
  if (!parts_.options.byte_level) return character_symbols(word, symbols);
  const std::optional<TokenId> unknown = parts_.options.unknown;
  for (const char byte : word) {
    const TokenId id = parts_.byte_tokens[static_cast<unsigned char>(byte)];
    if (id >= 0) {
      symbols.push_back(id);
    } else if (unknown &&
               !(parts_.options.fuse_unknown && !symbols.empty() && symbols.back() == *unknown)) {
      symbols.push_back(*unknown);
    }
  }
}

std::optional<TokenId> BpeModel::character_symbol(std::string_view character) const {
  const char32_t value = read_valid_utf8(character.data()).value;
  if (value < ascii_.size()) {
    return ascii_[value] < 0 ? std::nullopt : std::optional(ascii_[value]);
  }
  const TokenId* found = characters_.find(value);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

// An unknown token waits until the next known character, and is put after byte tokens that come in
// between: the order that the `tokenizers` library gives.
void BpeModel::character_symbols(std::string_view word, std::vector<TokenId>& symbols) const {
  const BpeOptions& options = parts_.options;
  const bool affixes = !options.continuing_prefix.empty() || !options.end_suffix.empty();
  std::size_t unknown_waiting = 0;
  const auto flush = [&] {
    const TokenId unknown = options.unknown.value_or(0);
    symbols.insert(symbols.end(), unknown_waiting, options.plain_bytes ? freeze(unknown) : unknown);
    unknown_waiting = 0;
  };
  for (std::size_t i = 0; i < word.size();) {
    if (const auto whole = user_defined_.longest(word.substr(i)); whole.length > 0) {
      flush();
      symbols.push_back(freeze(whole.value));
      i += whole.length;
      continue;
    }
    const std::string_view character = word.substr(i, read_valid_utf8(word.data() + i).length);
    std::optional<TokenId> symbol;
    if (affixes) {
      std::string text =
          i == 0 ? std::string(character) : options.continuing_prefix + std::string(character);
      if (i + character.size() == word.size()) text += options.end_suffix;
      if (const auto found = parts_.tokens.find(text); found != parts_.tokens.end())
        symbol = found->second;
    } else {
      symbol = character_symbol(character);
    }
    i += character.size();
    if (symbol) {
      flush();
      symbols.push_back(*symbol);
    } else if (!(options.byte_fallback && byte_symbols(character, symbols)) && options.unknown) {
      if (!options.fuse_unknown) flush();
      unknown_waiting = 1;
    }
  }
  flush();
}

bool BpeModel::byte_symbols(std::string_view character, std::vector<TokenId>& symbols) const {
  const auto token = [this](char byte) {
    return parts_.byte_tokens[static_cast<unsigned char>(byte)];
  };
  if (std::any_of(character.begin(), character.end(), [&](char b) { return token(b) < 0; })) {
    return false;
  }
  for (const char byte : character) {
    symbols.push_back(parts_.options.plain_bytes ? freeze(token(byte)) : token(byte));
  }
  return true;
}

// Quadratic in the number of symbols, and the fastest way for few.
void BpeModel::merge_short(EncodeScratch& scratch) const {
  std::vector<TokenId>& symbols = scratch.symbols;
  std::vector<std::uint32_t>& ranks = scratch.ranks;  // of the pair that begins at each symbol
  std::size_t count = symbols.size();
  if (count < 2) return;
  ranks.resize(count);
  const auto rank_at = [&](std::size_t i) {
    const Join* join = i + 1 < count ? find_join(symbols[i], symbols[i + 1]) : nullptr;
    return join == nullptr ? kNoRank : join->rank;
  };
  for (std::size_t i = 0; i < count; ++i) ranks[i] = rank_at(i);
  while (count > 1) {
    const auto best =
        std::min_element(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(count));
    if (*best == kNoRank) break;
    const std::size_t i = static_cast<std::size_t>(best - ranks.begin());
    symbols[i] = find_join(symbols[i], symbols[i + 1])->result;
    std::copy(symbols.begin() + static_cast<std::ptrdiff_t>(i) + 2,
              symbols.begin() + static_cast<std::ptrdiff_t>(count),
              symbols.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    std::copy(best + 2, ranks.begin() + static_cast<std::ptrdiff_t>(count), best + 1);
    --count;
    ranks[i] = rank_at(i);
    if (i > 0) ranks[i - 1] = rank_at(i - 1);
  }
  symbols.resize(count);
}

// A list of symbols and a queue of pairs; entries that a merge made stale are skipped.
void BpeModel::merge_long(EncodeScratch& scratch) const {
  auto& [words, symbols, ranks, previous, next, queue] = scratch;
  const auto count = static_cast<std::uint32_t>(symbols.size());
  ranks.resize(count);
  previous.resize(count);
  next.resize(count);
  queue.reset(rank_count_);
  for (std::uint32_t i = 0; i < count; ++i) {
    previous[i] = i - 1;
    next[i] = i + 1;
  }
  const auto push = [&](std::uint32_t i) {
    const Join* join = next[i] < count ? find_join(symbols[i], symbols[next[i]]) : nullptr;
    ranks[i] = join == nullptr ? kNoRank : join->rank;
    if (join != nullptr) queue.push({ranks[i], i});
  };
  for (std::uint32_t i = 0; i < count; ++i) push(i);
  for (MergeQueue::Entry best; queue.pop(best);) {
    const std::uint32_t i = best.place;
    if (ranks[i] != best.rank) continue;
    const std::uint32_t right = next[i];
    symbols[i] = find_join(symbols[i], symbols[right])->result;
    ranks[right] = kNoRank;
    next[i] = next[right];
    if (next[i] < count) previous[next[i]] = i;
    push(i);
    if (i > 0) push(previous[i]);
  }
  std::size_t kept = 0;
  for (std::uint32_t i = 0; i < count; i = next[i]) symbols[kept++] = symbols[i];
  symbols.resize(kept);
}

void BpeModel::append_tokens(const std::vector<TokenId>& symbols, std::vector<TokenId>& ids) const {
  if (!parts_.options.plain_bytes) {
    ids.insert(ids.end(), symbols.begin(), symbols.end());
    for (auto id = ids.end() - static_cast<std::ptrdiff_t>(symbols.size()); id != ids.end(); ++id) {
      *id &= ~kFrozen;
    }
    return;
  }
  const std::size_t before = ids.size();
  const bool plain = parts_.split_again.empty() && parts_.extra_characters.empty();
  for (const TokenId symbol : symbols) {
    if (plain) {
      ids.push_back(symbol & ~kFrozen);
    } else {
      append_token(symbol & ~kFrozen, ids);
    }
  }
  const std::optional<TokenId> unknown = parts_.options.unknown;
  if (!unknown || !parts_.options.fuse_unknown) return;
  const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(before);
  ids.erase(std::unique(begin, ids.end(),
                        [&](TokenId a, TokenId b) { return a == *unknown && b == *unknown; }),
            ids.end());
}

void BpeModel::append_token(TokenId symbol, std::vector<TokenId>& ids) const {
  std::vector<TokenId> waiting{symbol};
  while (!waiting.empty()) {
    const TokenId next = waiting.back();
    waiting.pop_back();
    const auto parts = parts_.split_again.find(next);
    if (parts != parts_.split_again.end()) {
      waiting.push_back(parts->second.second);
      waiting.push_back(parts->second.first);
    } else if (next < parts_.vocabulary_size) {
      ids.push_back(next);
    } else {
      append_extra_character(next, ids);
    }
  }
}

void BpeModel::append_extra_character(TokenId symbol, std::vector<TokenId>& ids) const {
  const std::string& character =
      parts_.extra_characters[static_cast<std::size_t>(symbol - parts_.vocabulary_size)];
  const std::size_t before = ids.size();
  if (parts_.options.byte_fallback && byte_symbols(character, ids)) {
    for (std::size_t i = before; i < ids.size(); ++i) ids[i] &= ~kFrozen;
  } else if (parts_.options.unknown) {
    ids.push_back(*parts_.options.unknown);
  }
}

}  // namespace bantam::text
