// A forward reader of JSON text (RFC 8259) for files too large to hold as a tree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/function_ref.h"
#include "base/limits.h"

namespace bantam::text {

// Every failure throws Error{BadFile} with the file, the byte offset and the field. Views `text`,
// which outlives it. One thread at a time.
class JsonReader {
 public:
  static constexpr int kDepthMax = limits::kTokenizerJsonDepthMax;
  enum class Kind { Object, Array, String, Number, Boolean, Null };

  JsonReader(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  Kind peek(std::string_view field);
  // Calls `member(key)` for each member; it must read the value. The key is valid during the call.
  void object(std::string_view field, FunctionRef<void(const std::string&)> member);
  // Calls `element()` for each element; it must read the value.
  void array(std::string_view field, FunctionRef<void()> element);
  // Unescaped, valid UTF-8; views the reader until its next call, or the text.
  std::string_view string(std::string_view field);
  std::int64_t integer(std::string_view field);
  double number(std::string_view field);
  // Passes over one value and gives its text, checked.
  std::string_view raw(std::string_view field);
  // Throws unless only white space is left.
  void finish();

  std::uint64_t offset() const { return offset_; }
  [[noreturn]] void fail(std::string_view field, std::string found, std::string expected) const;

 private:
  void skip_space();
  char next(std::string_view field);
  void expect(char c, std::string_view field);
  bool take(char c);
  bool escape(std::string& out, std::string_view field);
  std::uint32_t hex4(std::string_view field);
  std::string_view number_text(std::string_view field);
  void literal(std::string_view word, std::string_view field);
  void enter(std::string_view field);

  std::string_view text_, file_;
  std::size_t offset_ = 0;
  int depth_ = 0;
  std::string unescaped_;
};

}  // namespace bantam::text
