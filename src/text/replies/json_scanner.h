// Where a JSON value ends in text that is still coming.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bantam::replies {

// Follows one JSON object or array byte by byte and refuses at once what no JSON can continue;
// numbers and the contents of strings are only bounded, for a full reader to check. Takes time
// linear in the text. A value; one thread at a time.
class JsonScanner {
 public:
  enum class State { More, Done, Failed };
  static constexpr std::size_t kDepthMax = 31;  // one less than JsonReader's

  // Goes on in `text`, whose beginning earlier calls have seen, from offset().
  State scan(std::string_view text);
  State state() const { return state_; }
  // Of the next byte to look at: past the value when Done, the culprit when Failed.
  std::size_t offset() const { return offset_; }
  void start_at(std::size_t offset) { offset_ = offset; }

 private:
  enum class Want { Value, ValueOrEnd, Key, KeyOrEnd, Colon, CommaOrEnd };

  bool take(char c);  // false: cannot stand here
  bool take_in_string(char c);
  bool take_in_word(char c);
  bool begin_value(char c);
  bool close(char bracket);
  void end_value();

  std::string open_;  // brackets
  std::string word_;  // of a literal or number so far
  std::size_t offset_ = 0;
  State state_ = State::More;
  Want want_ = Want::Value;
  bool in_string_ = false, is_key_ = false, is_escaped_ = false;
};

}  // namespace bantam::replies
