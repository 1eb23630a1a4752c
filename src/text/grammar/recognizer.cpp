#include "text/grammar/recognizer.h"

#include <algorithm>
#include <tuple>

namespace bantam::grammar {
namespace {

// Readings of one text that are followed at once. Past it some are dropped: what is left is still
// right, but a very ambiguous grammar may refuse texts that it describes.
constexpr std::size_t kReadingsMax = 256;
constexpr std::size_t kSeenMax = 4096;             // configurations of one closure
constexpr std::size_t kSeenOfAdvanceMax = 65'536;  // enough for whatever steps followed
// What may be known at once: together about 24 MB.
constexpr std::size_t kTablesMax = 8192, kConfigurationsMax = 500'000, kStacksMax = 200'000;

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0xD6E8FEB86659FD93;
  return hash ^ hash >> 32;
}

std::uint64_t hash_of(const Recognizer::Configuration& c) {
  return mix(mix(c.state, c.count), c.stack);
}

}  // namespace

std::size_t Recognizer::StackHash::operator()(const StackNode& node) const {
  return mix(mix(node.target, node.count), node.below);
}

Recognizer::Recognizer(const Grammar& grammar) : grammar_(&grammar) { reset(); }

void Recognizer::reset() {
  situations_.clear();
  configurations_.clear();
  tables_.clear();
  stack_ids_.clear();
  by_hash_.clear();
  after_pop_.clear();
  stacks_.assign(2, {0, 0, 0});  // kEmptyStack and kUnknownStack
  situations_.push_back({0, 0, kNoTable, false, false});
}

std::uint32_t Recognizer::push(StackNode node) {
  const auto [found, is_new] =
      stack_ids_.try_emplace(node, static_cast<std::uint32_t>(stacks_.size()));
  if (is_new) stacks_.push_back(node);
  return found->second;
}

void Recognizer::begin(Closure& closure) const {
  closure.seen.clear();
  closure.reading.clear();
  closure.slots.assign(64, 0);
  closure.is_complete = closure.is_popped = false;
}

void Recognizer::add(Closure& closure, Configuration configuration, std::size_t seen_max) {
  if (closure.seen.size() >= seen_max) return;
  if (closure.seen.size() * 2 >= closure.slots.size()) {
    closure.slots.assign(closure.slots.size() * 4, 0);
    for (std::size_t i = 0; i < closure.seen.size(); ++i) {
      std::size_t at = hash_of(closure.seen[i]) & (closure.slots.size() - 1);
      while (closure.slots[at] != 0) at = (at + 1) & (closure.slots.size() - 1);
      closure.slots[at] = static_cast<std::uint32_t>(i + 1);
    }
  }
  std::size_t at = hash_of(configuration) & (closure.slots.size() - 1);
  while (closure.slots[at] != 0) {
    if (closure.seen[closure.slots[at] - 1] == configuration) return;
    at = (at + 1) & (closure.slots.size() - 1);
  }
  closure.seen.push_back(configuration);
  closure.slots[at] = static_cast<std::uint32_t>(closure.seen.size());
}

bool Recognizer::is_seen(const Closure& closure, const Configuration& configuration) const {
  std::size_t at = hash_of(configuration) & (closure.slots.size() - 1);
  while (closure.slots[at] != 0) {
    if (closure.seen[closure.slots[at] - 1] == configuration) return true;
    at = (at + 1) & (closure.slots.size() - 1);
  }
  return false;
}

// Adds all that the configurations reach without reading, and picks those that read.
void Recognizer::close(Closure& closure, std::size_t seen_max) {
  for (std::size_t i = 0; i < closure.seen.size(); ++i) {
    const Configuration at = closure.seen[i];
    const Grammar::State& state = grammar_->state(at.state);
    const bool counts = (state.flags & Grammar::kCounts) != 0;
    if (state.flags & Grammar::kHead) {
      const Grammar::Counter& counter = grammar_->counter(at.state);
      if (at.count >= counter.min) add(closure, {counter.after, 0, at.stack}, seen_max);
      if (at.count >= counter.max) continue;  // no further repetition
    }
    if (state.flags & Grammar::kBodyEnd) {
      const Grammar::Counter& counter = grammar_->counter(at.state);
      // Without a maximum, the minimum is all that has to be counted to.
      const std::uint32_t limit = counter.max == Grammar::kNoMaximum ? counter.min : counter.max;
      // A repetition that read nothing leads nowhere that its beginning does not lead to.
      const bool is_idle =
          at.count >= counter.min && is_seen(closure, {counter.head, at.count, at.stack});
      if (!is_idle) {
        add(closure, {counter.head, std::min(at.count + 1, limit), at.stack}, seen_max);
      }
    }
    if (state.flags & Grammar::kEnd) {
      if (at.stack == kEmptyStack) {
        closure.is_complete = true;
      } else if (at.stack == kUnknownStack) {
        closure.is_popped = true;
      } else {
        const StackNode node = stacks_[at.stack];
        add(closure, {node.target, node.count, node.below}, seen_max);
      }
    }
    for (const Grammar::Call& call : grammar_->calls(at.state)) {
      // A call that ends its own rule returns to where that one does: repetition by recursion at
      // the end needs no stack.
      const bool is_last = (grammar_->state(call.target).flags & Grammar::kOnlyEnd) != 0;
      const std::uint32_t stack =
          is_last ? at.stack : push({call.target, counts ? at.count : 0, at.stack});
      add(closure, {call.start, 0, stack}, seen_max);
    }
    if (!grammar_->ranges(at.state).empty()) closure.reading.push_back(at);
  }
}

void Recognizer::read(std::span<const Configuration> from, std::uint8_t byte, Closure& to,
                      std::size_t seen_max) {
  begin(to);
  for (const Configuration& at : from) {
    for (const Grammar::Range& range : grammar_->ranges(at.state)) {
      if (byte >= range.first && byte <= range.last) {
        const bool counts = (grammar_->state(range.target).flags & Grammar::kCounts) != 0;
        add(to, {range.target, counts ? at.count : 0, at.stack}, seen_max);
      }
    }
  }
  close(to, seen_max);
}

Recognizer::Situation Recognizer::intern(std::vector<Configuration>& reading, bool is_complete,
                                         bool is_popped) {
  if (reading.size() > kReadingsMax) reading.resize(kReadingsMax);
  std::sort(reading.begin(), reading.end(), [](const Configuration& a, const Configuration& b) {
    return std::tie(a.state, a.count, a.stack) < std::tie(b.state, b.count, b.stack);
  });
  return intern_ordered(reading, is_complete, is_popped);
}

Recognizer::Situation Recognizer::intern_ordered(std::span<const Configuration> reading,
                                                 bool is_complete, bool is_popped) {
  if (reading.empty() && !is_complete && !is_popped) return kDead;
  std::uint64_t hash = (is_complete ? 2U : 0U) + (is_popped ? 1U : 0U);
  for (const Configuration& c : reading) hash = mix(hash, hash_of(c));
  const auto [begin, end] = by_hash_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    const SituationData& data = situations_[it->second];
    if (data.is_complete == is_complete && data.is_popped == is_popped &&
        std::ranges::equal(configurations(it->second), reading)) {
      return it->second;
    }
  }
  const auto id = static_cast<Situation>(situations_.size());
  situations_.push_back({static_cast<std::uint32_t>(configurations_.size()),
                         static_cast<std::uint32_t>(reading.size()), kNoTable, is_complete,
                         is_popped});
  configurations_.insert(configurations_.end(), reading.begin(), reading.end());
  by_hash_.emplace(hash, id);
  return id;
}

Recognizer::Situation Recognizer::start() {
  begin(closure_);
  add(closure_, {grammar_->start(), 0, kEmptyStack}, kSeenMax);
  close(closure_, kSeenMax);
  return intern(closure_.reading, closure_.is_complete, closure_.is_popped);
}

Recognizer::Situation Recognizer::make_step(Situation from, std::uint8_t byte) {
  if (situations_[from].count == 0) return kDead;
  read(configurations(from), byte, closure_, kSeenMax);
  const Situation to = intern(closure_.reading, closure_.is_complete, closure_.is_popped);
  std::uint32_t& table = situations_[from].table;
  if (table == kNoTable) {
    table = static_cast<std::uint32_t>(tables_.size());
    tables_.push_back(std::make_unique<Table>());
    tables_.back()->fill(kUnknown);
  }
  (*tables_[table])[byte] = to;
  return to;
}

Recognizer::Situation Recognizer::advance(Situation from, std::string_view bytes) {
  Situation at = from;
  for (const char byte : bytes) at = step(at, static_cast<std::uint8_t>(byte));
  if (at != kDead || bytes.empty()) return at;
  // Perhaps a reading was dropped that the text needs.
  const auto first = configurations(from);
  std::vector<Configuration> reading(first.begin(), first.end());
  for (const char byte : bytes) {
    read(reading, static_cast<std::uint8_t>(byte), closure_, kSeenOfAdvanceMax);
    reading = closure_.reading;
  }
  return intern(reading, closure_.is_complete, closure_.is_popped);
}

Recognizer::Situation Recognizer::only(Configuration configuration) {
  std::vector<Configuration> reading{configuration};
  return intern(reading, false, false);
}

Recognizer::Situation Recognizer::after_pop(std::uint32_t stack) {
  if (stack == kEmptyStack || stack == kUnknownStack) return kDead;
  const auto known = after_pop_.find(stack);
  if (known != after_pop_.end()) return known->second;
  begin(closure_);
  const StackNode node = stacks_[stack];
  add(closure_, {node.target, node.count, node.below}, kSeenMax);
  close(closure_, kSeenMax);
  const Situation made = intern(closure_.reading, closure_.is_complete, closure_.is_popped);
  after_pop_.emplace(stack, made);
  return made;
}

bool Recognizer::is_full() const {
  return tables_.size() > kTablesMax || configurations_.size() > kConfigurationsMax ||
         stacks_.size() > kStacksMax;
}

std::uint32_t Recognizer::copy_stack(std::uint32_t stack, const std::vector<StackNode>& old,
                                     std::vector<std::uint32_t>& made) {
  std::vector<std::uint32_t> missing;
  while (made[stack] == kUnknown) {
    missing.push_back(stack);
    stack = old[stack].below;
  }
  std::uint32_t below = made[stack];
  for (auto it = missing.rbegin(); it != missing.rend(); ++it) {
    below = made[*it] = push({old[*it].target, old[*it].count, below});
  }
  return below;
}

void Recognizer::forget_all_but(std::span<Situation> kept) {
  const std::vector<SituationData> situations = std::move(situations_);
  const std::vector<Configuration> configurations = std::move(configurations_);
  const std::vector<StackNode> stacks = std::move(stacks_);
  reset();
  std::vector<std::uint32_t> made(stacks.size(), kUnknown);
  made[kEmptyStack] = kEmptyStack;
  made[kUnknownStack] = kUnknownStack;
  for (Situation& s : kept) {
    const SituationData& data = situations[s];
    std::vector<Configuration> reading(configurations.begin() + data.first,
                                       configurations.begin() + data.first + data.count);
    for (Configuration& c : reading) c.stack = copy_stack(c.stack, stacks, made);
    s = intern_ordered(reading, data.is_complete, data.is_popped);
  }
}

}  // namespace bantam::grammar
