// Values as Python or as Gemma's templates write them, to JSON.
#pragma once

#include <string>
#include <string_view>

namespace bantam::replies {

struct LiteralForm {
  std::string_view quote;  // around strings, without escapes; empty: ' or " with Python's escapes
  bool has_bare_keys = false;
};

// A cursor over text. Whatever fails leaves it failed. One thread at a time.
class LiteralReader {
 public:
  static constexpr int kDepthMax = 30;

  LiteralReader(std::string_view text, const LiteralForm& form) : text_(text), form_(form) {}

  // One value, appended to `json`.
  bool value(std::string& json);
  // Members up to `close`, which is taken; each is a key, `separator` and a value.
  bool members(char separator, char close, std::string& json);
  // A name such as of a function, dots and hyphens included.
  std::string_view name();
  bool take(char c);  // after white space
  bool take(std::string_view word);
  bool is_at_end();  // but for white space

 private:
  bool string(std::string& json);
  bool python_string(char quote, std::string& json);
  bool word(std::string& json);
  bool list(char close, std::string& json);
  bool key(char separator, std::string& json);

  std::string_view text_;
  LiteralForm form_;
  std::size_t offset_ = 0;
  int depth_ = 0;
};

}  // namespace bantam::replies
