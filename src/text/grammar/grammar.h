// A compiled grammar: a recursive transition network over bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bantam::grammar {

class Nfa;

// States of one rule call other rules (Woods, "Transition network grammars", 1970). Most rules are
// deterministic; where that would take too many states, several ranges of a state share bytes.
// From every state some text leads to the end. Immutable: any thread.
class Grammar {
 public:
  using StateId = std::uint32_t;
  static constexpr std::uint32_t kNoMaximum = 0xFFFFFFFF;

  struct Range {
    std::uint8_t first, last;
    StateId target;
  };
  struct Call {
    StateId start;   // of the rule that is called
    StateId target;  // where its end leads to
  };
  enum Flag : std::uint8_t {
    kEnd = 1,       // the rule may end here
    kCounts = 2,    // of a counted body: the count of repetitions matters
    kBodyEnd = 4,   // one repetition may end here
    kHead = 8,      // where a repetition begins
    kOnlyEnd = 16,  // nothing but the end of the rule
  };
  struct State {
    std::uint32_t first_range, first_call;  // up to those of the next state
    std::uint32_t counter;                  // index of its Counter, where kCounts
    std::uint8_t flags;
  };
  // A counted body: `head` again after each repetition, then `after`.
  struct Counter {
    std::uint32_t min, max;
    StateId head, after;
  };

  StateId start() const { return start_; }
  std::size_t state_count() const { return states_.size() - 1; }
  const State& state(StateId id) const { return states_[id]; }
  std::span<const Range> ranges(StateId id) const {
    return std::span(ranges_).subspan(states_[id].first_range,
                                      states_[id + 1].first_range - states_[id].first_range);
  }
  std::span<const Call> calls(StateId id) const {
    return std::span(calls_).subspan(states_[id].first_call,
                                     states_[id + 1].first_call - states_[id].first_call);
  }
  const Counter& counter(StateId id) const { return counters_[states_[id].counter]; }
  std::size_t memory_bytes() const;

 private:
  friend Grammar compile(Nfa nfa, std::uint32_t root);

  StateId start_ = 0;
  std::vector<State> states_;  // and one past the last
  std::vector<Range> ranges_;
  std::vector<Call> calls_;
  std::vector<Counter> counters_;
};

// Inlines small rules, makes each rule deterministic, and leaves out what never ends. Throws
// Error{BadInput} where no text fits the grammar, where a rule calls itself before it has read
// anything, and past the limits of limits.h. All rules of `nfa` are defined.
Grammar compile(Nfa nfa, std::uint32_t root);

}  // namespace bantam::grammar
