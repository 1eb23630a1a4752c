// A strict reader of JSON in files (RFC 8259): one token at a time, no recursion, every limit
// stated.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace bantam::formats {

struct JsonLimits {
  std::size_t depth_max = 64;         // of nested objects and arrays
  std::uint64_t keys_max = 65'536;    // in the whole document
  bool allow_python_numbers = false;  // NaN, Infinity and -Infinity, as Python's json writes them
};

enum class JsonToken {
  BeginObject,
  EndObject,
  BeginArray,
  EndArray,
  Key,
  Text,
  Number,
  True,
  False,
  Null,
  End,  // of the document; only whitespace follows
};

// Views `text`, which outlives it. Refuses everything that the standard does not allow, invalid
// UTF-8, lone surrogates and a key that its object already has (seen at the object's
// end): throws BadFile naming file and
// byte. One thread at a time.
class JsonReader {
 public:
  // `start` is where the text starts in its file, for messages.
  JsonReader(std::string_view file, std::string_view text, std::uint64_t start, JsonLimits limits);

  // Reads the next token; after End, End again.
  JsonToken next();

  // Of the last token: its first byte in the file; what a Key or Text says, or a Number's spelling,
  // valid until the next call of next().
  std::uint64_t offset() const { return start_ + token_start_; }
  std::string_view text() const { return value_; }

  // Reads to the end of the object or array whose beginning was the last token.
  void skip_container();

  // Throws BadFile unless the last token is `expected`; `field` names it.
  void require(JsonToken expected, std::string_view field) const;

  // Reads the next token and requires it.
  void expect(JsonToken expected, std::string_view field);

  // The last Number as a whole number from 0 to 2^64 - 1, or BadFile naming `field`.
  std::uint64_t natural(std::string_view field) const;

  // Throws BadFile at the last token.
  [[noreturn]] void fail(std::string_view field, std::string found, std::string expected) const;

 private:
  // What may come next inside the innermost container.
  enum class State { Value, FirstKey, NextKey, AfterKey, FirstItem, AfterItem, Done };
  struct Container {
    bool is_object = false;
    std::size_t first_key = 0;  // of its keys in keys_, which are the last ones
  };
  struct KeyPlace {
    std::string_view key;
    std::uint64_t offset;
  };

  JsonToken read_token();
  JsonToken read_value();
  JsonToken read_key();
  JsonToken open(bool is_object);
  JsonToken close();
  void check_keys(std::size_t first);
  JsonToken finish(JsonToken token);
  JsonToken read_word();
  void read_number();
  void read_digits();
  void read_text();
  void read_escape();
  std::uint32_t read_hex();
  void skip_space();
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  [[noreturn]] void fail_here(std::string_view expected) const;

  std::string file_;
  std::string_view text_;
  std::uint64_t start_ = 0;
  JsonLimits limits_;
  std::size_t at_ = 0;           // of the next unread byte
  std::size_t token_start_ = 0;  // of the last token
  State state_ = State::Value;
  JsonToken last_ = JsonToken::Null;
  std::vector<Container> containers_;
  std::vector<KeyPlace> keys_;            // of all containers that are open
  std::deque<std::string> escaped_keys_;  // what views the keys that have escapes
  std::uint64_t key_count_ = 0;
  std::string_view value_;
  std::string unescaped_;  // holds value_ where the text has escapes
};

// The kind of a token as messages name it.
std::string_view json_token_name(JsonToken token);

}  // namespace bantam::formats
