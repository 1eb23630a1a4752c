// Follows a text through a grammar, byte by byte.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/grammar/grammar.h"

namespace bantam::grammar {

// A pushdown automaton whose sets of configurations are made into numbered situations as they are
// met, with what each byte makes of them: a deterministic automaton that grows while it is used.
// Stacks share their lower parts. One thread.
class Recognizer {
 public:
  using Situation = std::uint32_t;
  static constexpr Situation kDead = 0;  // no text of the grammar goes on like this

  // One way to read the text so far.
  struct Configuration {
    Grammar::StateId state;
    std::uint32_t count;  // repetitions that are done, of a counted body
    std::uint32_t stack;  // where its rule returns to
    bool operator==(const Configuration&) const = default;
  };
  static constexpr std::uint32_t kEmptyStack = 0;    // the end of the root is the end of the text
  static constexpr std::uint32_t kUnknownStack = 1;  // below it lies what is not known

  // The grammar outlives it.
  explicit Recognizer(const Grammar& grammar);

  Situation start();
  // After `byte`; kDead where it cannot come.
  Situation step(Situation from, std::uint8_t byte) {
    const std::uint32_t table = situations_[from].table;
    if (table != kNoTable) {
      const Situation known = (*tables_[table])[byte];
      if (known != kUnknown) return known;
    }
    return make_step(from, byte);
  }
  // After all bytes, following more readings at once than step() where a text has very many.
  Situation advance(Situation from, std::string_view bytes);

  bool is_complete(Situation s) const { return situations_[s].is_complete; }
  // The rule of a configuration on kUnknownStack has ended.
  bool is_popped(Situation s) const { return situations_[s].is_popped; }
  // Configurations that read a byte next.
  std::span<const Configuration> configurations(Situation s) const {
    return std::span(configurations_).subspan(situations_[s].first, situations_[s].count);
  }
  const Grammar& grammar() const { return *grammar_; }

  // That one configuration alone, as it is.
  Situation only(Configuration configuration);
  // What follows where the rule on top of `stack` has ended; kDead for an empty stack.
  Situation after_pop(std::uint32_t stack);

  // Whether so much is known that forget() is due.
  bool is_full() const;
  // Forgets all but these situations, and gives them and their stacks new numbers; the order of
  // their configurations stays.
  void forget_all_but(std::span<Situation> kept);

 private:
  static constexpr std::uint32_t kNoTable = 0xFFFFFFFF;
  static constexpr Situation kUnknown = 0xFFFFFFFF;
  using Table = std::array<Situation, 256>;
  struct StackNode {
    Grammar::StateId target;
    std::uint32_t count, below;
    bool operator==(const StackNode&) const = default;
  };
  struct StackHash {
    std::size_t operator()(const StackNode& node) const;
  };
  struct SituationData {
    std::uint32_t first, count;  // of configurations_
    std::uint32_t table;
    bool is_complete, is_popped;
  };
  // A set of configurations that is being closed.
  struct Closure {
    std::vector<Configuration> seen, reading;
    std::vector<std::uint32_t> slots;  // hash table of indices into seen, plus one
    bool is_complete = false, is_popped = false;
  };

  void reset();
  Situation make_step(Situation from, std::uint8_t byte);
  void begin(Closure& closure) const;
  void add(Closure& closure, Configuration configuration, std::size_t seen_max);
  bool is_seen(const Closure& closure, const Configuration& configuration) const;
  void close(Closure& closure, std::size_t seen_max);
  void read(std::span<const Configuration> from, std::uint8_t byte, Closure& to,
            std::size_t seen_max);
  Situation intern(std::vector<Configuration>& reading, bool is_complete, bool is_popped);
  Situation intern_ordered(std::span<const Configuration> reading, bool is_complete,
                           bool is_popped);
  std::uint32_t push(StackNode node);
  std::uint32_t copy_stack(std::uint32_t stack, const std::vector<StackNode>& old,
                           std::vector<std::uint32_t>& made);

  const Grammar* grammar_;
  std::vector<SituationData> situations_;
  std::vector<Configuration> configurations_;
  std::vector<std::unique_ptr<Table>> tables_;
  std::vector<StackNode> stacks_;
  std::unordered_map<StackNode, std::uint32_t, StackHash> stack_ids_;
  std::unordered_multimap<std::uint64_t, Situation> by_hash_;
  std::unordered_map<std::uint32_t, Situation> after_pop_;
  Closure closure_;
};

}  // namespace bantam::grammar
