// A place in the source of a grammar or regular expression.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "text/grammar/nfa.h"

namespace bantam::grammar {

// Reads code points forward. Views the source, which outlives it. One thread.
class SourceCursor {
 public:
  // `what` names the source in messages. Throws Error{BadInput} for one that is too long or not
  // UTF-8.
  SourceCursor(std::string_view source, std::string_view what);

  bool is_at_end() const { return at_ == source_.size(); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  bool looks_at(std::string_view text) const { return source_.substr(at_).starts_with(text); }
  bool take(std::string_view text);
  char32_t next();  // not at the end
  std::size_t offset() const { return at_; }
  std::string_view since(std::size_t offset) const { return source_.substr(offset, at_ - offset); }

  // `digits` hexadecimal digits as a number.
  char32_t hex(int digits);
  // A number of repetitions, at most limits::kRepetitionMax.
  std::uint32_t count();
  // What follows an opening brace: m}, m,} or m,n}.
  Repetition repetition();

  // Throws Error{BadInput} naming the line and the column.
  [[noreturn]] void fail(std::string_view expected) const;
  [[noreturn]] void refuse(std::string_view what_and_remedy) const;

  // Counts how deep brackets are nested; throws past limits::kDepthMax.
  class Nesting {
   public:
    explicit Nesting(SourceCursor& cursor);
    ~Nesting() { --cursor_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    SourceCursor& cursor_;
  };

 private:
  std::string place() const;

  std::string_view source_, what_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace bantam::grammar
