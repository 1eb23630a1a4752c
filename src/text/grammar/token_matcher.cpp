#include "text/grammar/token_matcher.h"

#include <algorithm>

#include "base/error.h"

namespace bantam::grammar {
namespace {

constexpr std::size_t kListedTokensMax = 256;  // more are kept as a mask
constexpr int kManyBytes = 24;                 // choices that make a state worth computing ahead
constexpr int kComputedAheadMax = 24;
constexpr std::size_t kReadingsApart = 32;  // of more, one walk follows all together
constexpr auto kShort = static_cast<std::uint32_t>(VocabularyTrie::kShortBytes);

}  // namespace

TokenGrammar::TokenGrammar(Grammar grammar, std::shared_ptr<const VocabularyTrie> vocabulary)
    : grammar_(std::move(grammar)), vocabulary_(std::move(vocabulary)) {
  // A matcher shares ownership of its grammar; this one is gone before the constructor ends.
  TokenMatcher matcher(std::shared_ptr<const TokenGrammar>(this, [](const TokenGrammar*) {}), {});
  if (matcher.situation_ == Recognizer::kDead) {
    throw Error(ErrorCode::BadInput,
                "grammar: it calls too many rules before it reads anything; use fewer");
  }
  const std::vector<bool> of_root = states_of_root();
  int computed = 0;
  for (Grammar::StateId id = 0; id < grammar_.state_count() && computed < kComputedAheadMax; ++id) {
    int bytes = 0;
    for (const Grammar::Range& range : grammar_.ranges(id)) bytes += range.last - range.first + 1;
    if (bytes < kManyBytes) continue;
    matcher.tokens_of({id, 0, of_root[id] ? Recognizer::kEmptyStack : Recognizer::kUnknownStack});
    ++computed;
  }
}

// States that the root reaches without a call: nothing follows them, unless the root is recursive.
std::vector<bool> TokenGrammar::states_of_root() const {
  std::vector<bool> reached(grammar_.state_count());
  std::vector<Grammar::StateId> work;
  const auto reach = [&](Grammar::StateId id) {
    if (!reached[id]) work.push_back(id);
    reached[id] = true;
  };
  reach(grammar_.start());
  while (!work.empty()) {
    const Grammar::StateId id = work.back();
    work.pop_back();
    for (const Grammar::Range& range : grammar_.ranges(id)) reach(range.target);
    for (const Grammar::Call& call : grammar_.calls(id)) reach(call.target);
    if (grammar_.state(id).flags & Grammar::kCounts) reach(grammar_.counter(id).after);
  }
  return reached;
}

std::shared_ptr<const StateTokens> TokenGrammar::find(const Key& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = cache_.find(key);
  return found == cache_.end() ? nullptr : found->second;
}

void TokenGrammar::keep(const Key& key, std::shared_ptr<const StateTokens> tokens) const {
  const std::size_t bytes =
      128 + tokens->mask.size() * 8 + tokens->tokens.size() * 4 + tokens->goes_on_at.size() * 4;
  const std::lock_guard lock(mutex_);
  if (cached_bytes_ + bytes > kCacheBytesMax) {
    cache_.clear();
    cached_bytes_ = 0;
  }
  if (cache_.emplace(key, std::move(tokens)).second) cached_bytes_ += bytes;
}

TokenMatcher::TokenMatcher(std::shared_ptr<const TokenGrammar> grammar,
                           std::vector<text::TokenId> stop_ids, bool drops_first_blank)
    : grammar_(std::move(grammar)),
      vocabulary_(&grammar_->vocabulary()),
      recognizer_(grammar_->grammar()),
      stop_ids_(std::move(stop_ids)),
      drops_first_blank_(drops_first_blank),
      situation_(recognizer_.start()),
      path_(vocabulary_->longest_token_bytes() + 1) {
  std::size_t size = vocabulary_->vocabulary_size();
  for (const text::TokenId id : stop_ids_) {
    if (id < 0) throw Error(ErrorCode::BadInput, "grammar: a stop id is negative");
    size = std::max(size, static_cast<std::size_t>(id) + 1);
  }
  mask_.resize((size + 63) / 64);
}

template <typename Visit>
void TokenMatcher::walk(std::uint32_t node, Situation from, Visit at) {
  const std::span<const VocabularyTrie::Node> nodes = vocabulary_->nodes();
  const std::size_t top = nodes[node].depth;
  path_[top] = from;
  for (std::uint32_t i = node + 1; i < nodes[node].next;) {
    const VocabularyTrie::Node& here = nodes[i];
    const Situation next = recognizer_.step(path_[here.depth - 1U], here.byte);
    if (next == Recognizer::kDead || !at(i, next)) {
      i = here.next;
      continue;
    }
    path_[here.depth] = next;
    ++i;
    if (recognizer_.is_full()) forget(std::span(path_).subspan(top, here.depth + 1 - top));
  }
}

// Keeps the situations of a walk and those that outlast it.
void TokenMatcher::forget(std::span<Situation> path) {
  std::vector<Situation> kept{situation_, popped_, alone_};
  kept.insert(kept.end(), path.begin(), path.end());
  recognizer_.forget_all_but(kept);
  situation_ = kept[0];
  popped_ = kept[1];
  alone_ = kept[2];
  std::copy(kept.begin() + 3, kept.end(), path.begin());
}

void TokenMatcher::allow_branch(std::uint32_t node, Situation from) {
  if (from == Recognizer::kDead) return;
  walk(node, from, [this](std::uint32_t i, Situation) {
    for (const text::TokenId token : vocabulary_->tokens(i)) allow(token);
    return true;
  });
}

// Counts matter where a token could reach an end of the counter: those up to kShort are exact; then
// come two classes, of counters that only long tokens reach, and of those that none reaches.
TokenGrammar::Key TokenMatcher::key_of(const Recognizer::Configuration& configuration) const {
  const Grammar& grammar = grammar_->grammar();
  const bool is_last = configuration.stack == Recognizer::kEmptyStack;
  if (!(grammar.state(configuration.state).flags & Grammar::kCounts)) {
    return {configuration.state, 0, 0, is_last};
  }
  const Grammar::Counter& counter = grammar.counter(configuration.state);
  const auto longest = static_cast<std::uint32_t>(vocabulary_->longest_token_bytes());
  const auto classed = [longest](std::uint32_t count) {
    if (count <= kShort) return count;
    return count <= longest ? kShort + 1 : kShort + 2;
  };
  const std::uint32_t done = configuration.count;
  return {configuration.state, classed(counter.min > done ? counter.min - done : 0),
          counter.max == Grammar::kNoMaximum ? kShort + 2 : classed(counter.max - done), is_last};
}

std::shared_ptr<const StateTokens> TokenMatcher::tokens_of(
    const Recognizer::Configuration& configuration) {
  const TokenGrammar::Key key = key_of(configuration);
  if (auto found = grammar_->find(key)) return found;
  auto made = compute(configuration, key.needed != kShort + 1 && key.left != kShort + 1);
  grammar_->keep(key, made);
  return made;
}

std::shared_ptr<const StateTokens> TokenMatcher::compute(
    const Recognizer::Configuration& configuration, bool is_exact) {
  auto result = std::make_shared<StateTokens>();
  result->is_exact = is_exact;
  const auto nodes = vocabulary_->nodes();
  std::size_t goes_on = 0;
  const bool is_last = configuration.stack == Recognizer::kEmptyStack;
  const Situation from =
      recognizer_.only({configuration.state, configuration.count,
                        is_last ? Recognizer::kEmptyStack : Recognizer::kUnknownStack});
  walk(0, from, [&](std::uint32_t i, Situation situation) {
    if (!is_exact && nodes[i].depth > kShort) return false;
    for (const text::TokenId token : vocabulary_->tokens(i)) result->tokens.push_back(token);
    if (recognizer_.is_popped(situation) && nodes[i].next > i + 1) {
      result->goes_on_at.push_back(i);
      goes_on += nodes[i].next - i - 1;
    }
    return true;
  });
  result->is_useful = goes_on < nodes.size();
  if (!result->is_useful) {
    result->tokens = {};
    result->goes_on_at = {};
  } else if (result->tokens.size() > kListedTokensMax) {
    result->mask.resize((vocabulary_->vocabulary_size() + 63) / 64);
    for (const text::TokenId token : result->tokens) {
      result->mask[static_cast<std::size_t>(token) / 64] |= std::uint64_t{1} << (token % 64);
    }
    result->tokens = {};
  }
  return result;
}

void TokenMatcher::allow_long_tokens(std::size_t index) {
  alone_ = recognizer_.only(recognizer_.configurations(situation_)[index]);
  for (const text::TokenId token : vocabulary_->long_tokens()) {
    Situation at = alone_;
    for (const char byte : vocabulary_->bytes(token)) {
      at = recognizer_.step(at, static_cast<std::uint8_t>(byte));
      if (at == Recognizer::kDead) break;
    }
    if (at != Recognizer::kDead) allow(token);
    if (recognizer_.is_full()) forget({});
  }
}

// Numbers of situations and stacks change when a walk forgets: they are asked for anew.
void TokenMatcher::allow_configuration(std::size_t index) {
  const auto configuration = [&] { return recognizer_.configurations(situation_)[index]; };
  const std::shared_ptr<const StateTokens> tokens = tokens_of(configuration());
  if (!tokens->is_useful) return allow_branch(0, recognizer_.only(configuration()));
  for (std::size_t i = 0; i < tokens->mask.size(); ++i) mask_[i] |= tokens->mask[i];
  for (const text::TokenId token : tokens->tokens) allow(token);
  popped_ = recognizer_.after_pop(configuration().stack);
  for (const std::uint32_t node : tokens->goes_on_at) allow_branch(node, popped_);
  if (!tokens->is_exact) allow_long_tokens(index);
}

std::span<const std::uint64_t> TokenMatcher::allowed() {
  std::fill(mask_.begin(), mask_.end(), 0);
  if (is_stopped_) return mask_;
  if (is_at_start_ && drops_first_blank_) {
    // A first blank does not count: what follows it begins the text.
    const std::uint32_t blank = vocabulary_->branch(' ');
    walk(0, situation_, [&](std::uint32_t i, Situation) {
      if (i == blank) return false;
      for (const text::TokenId token : vocabulary_->tokens(i)) allow(token);
      return true;
    });
    if (blank != 0) allow_branch(blank, situation_);
  } else {
    const std::size_t count = recognizer_.configurations(situation_).size();
    if (count > kReadingsApart) {
      allow_branch(0, situation_);
    } else {
      for (std::size_t i = 0; i < count; ++i) allow_configuration(i);
    }
  }
  if (is_complete()) {
    for (const text::TokenId id : stop_ids_) allow(id);
  }
  if (recognizer_.is_full()) forget({});
  return mask_;
}

bool TokenMatcher::accept(text::TokenId token) {
  if (is_stopped_) return false;
  if (std::find(stop_ids_.begin(), stop_ids_.end(), token) != stop_ids_.end()) {
    is_stopped_ = is_complete();
    return is_stopped_;
  }
  std::string_view bytes = vocabulary_->bytes(token);
  if (is_at_start_ && drops_first_blank_ && bytes.starts_with(' ')) bytes.remove_prefix(1);
  if (bytes.empty()) return false;
  const Situation next = recognizer_.advance(situation_, bytes);
  if (next == Recognizer::kDead) return false;
  situation_ = next;
  is_at_start_ = false;
  if (recognizer_.is_full()) forget({});
  return true;
}

}  // namespace bantam::grammar
