// A regular expression of a tokenizer file, through PCRE2 with just-in-time compilation.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bantam::text {

// Unicode classes as in Oniguruma's Ruby syntax, which tokenizer.json uses: \s is White_Space, ^
// and $ match at lines. Immutable: any thread, each with a Search of its own.
class Regex {
 public:
  struct Match {
    std::size_t begin = 0, end = 0;
  };

  // Throws Error{BadFile} naming `where` for an expression that PCRE2 refuses.
  Regex(std::string_view pattern, std::string_view where);
  ~Regex();
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;

  const std::string& pattern() const { return pattern_; }

  // The state of looking through one text.
  class Search {
   public:
    // Both outlive the search; `text` is valid UTF-8.
    Search(const Regex& regex, std::string_view text);
    ~Search();
    Search(const Search&) = delete;
    Search& operator=(const Search&) = delete;

    // The next match after the last one. Throws Error{BadInput} where the text takes more than a
    // fixed number of steps for each byte.
    std::optional<Match> next();

   private:
    struct State;
    std::unique_ptr<State> state_;
    std::string_view text_;
    std::size_t from_ = 0;
    bool after_empty_ = false;
    const Regex& regex_;
  };

 private:
  struct Code;
  std::string pattern_;
  std::unique_ptr<Code> code_;
};

}  // namespace bantam::text
