#include "text/pipeline/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <limits>
#include <new>

#include "base/error.h"
#include "base/format.h"

namespace bantam::text {
namespace {

constexpr std::string_view kWhiteSpace =
    "\\t-\\r "
    "\\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}";

// Oniguruma's \\w: also the number signs of Latin-1, but no other number that is no digit.
constexpr std::string_view kWord =
    "\\xB2\\xB3\\xB9\\xBC-\\xBE"
    "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\x{24B6}-\\x{24E9}\\x{1F130}-\\x{1F149}"
    "\\x{1F150}-\\x{1F169}\\x{1F170}-\\x{1F189}";

// Writes \s and \w out as Unicode has them: PCRE2 10.42 counts U+180E as white space and no mark as
// a word character.
std::string translate(std::string_view pattern) {
  std::string result;
  int depth = 0;  // of [ ]
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '[') ++depth;
    if (c == ']' && depth > 0) --depth;
    const char escaped = c == '\\' && i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    const std::string_view members = escaped == 's' || escaped == 'S'   ? kWhiteSpace
                                     : escaped == 'w' || escaped == 'W' ? kWord
                                                                        : std::string_view();
    const bool negated = escaped == 'S' || escaped == 'W';
    if (!members.empty() && !(negated && depth > 0)) {
      result += depth > 0 ? std::string(members) : format(negated ? "[^{}]" : "[{}]", members);
      ++i;
      continue;
    }
    result += c;
    if (escaped == '\0') continue;
    result += escaped;
    ++i;
  }
  return result;
}

std::string pcre2_message(int code) {
  std::string message(256, '\0');
  const int length =
      pcre2_get_error_message(code, reinterpret_cast<PCRE2_UCHAR*>(message.data()), message.size());
  message.resize(static_cast<std::size_t>(std::max(length, 0)));
  return message;
}

}  // namespace

struct Regex::Code {
  pcre2_code* compiled = nullptr;
  ~Code() { pcre2_code_free(compiled); }
};

Regex::Regex(std::string_view pattern, std::string_view where)
    : pattern_(pattern), code_(std::make_unique<Code>()) {
  const std::string translated = translate(pattern);
  int error = 0;
  PCRE2_SIZE offset = 0;
  code_->compiled = pcre2_compile(
      reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
      PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr);
  if (code_->compiled == nullptr) {
    throw Error(ErrorCode::BadFile,
                format("{}: the regular expression {} is refused near character {}: {}", where,
                       bantam::quoted(pattern), offset, pcre2_message(error)));
  }
  pcre2_jit_compile(code_->compiled,
                    PCRE2_JIT_COMPLETE);  // without it, matching is slower, not wrong
}

Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

struct Regex::Search::State {
  pcre2_match_data* data = nullptr;
  pcre2_match_context* context = nullptr;
  pcre2_jit_stack* stack = nullptr;
  ~State() {
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    pcre2_jit_stack_free(stack);
  }
};

Regex::Search::Search(const Regex& regex, std::string_view text)
    : state_(std::make_unique<State>()), text_(text), regex_(regex) {
  state_->data = pcre2_match_data_create(1, nullptr);
  state_->context = pcre2_match_context_create(nullptr);
  state_->stack = pcre2_jit_stack_create(32 * 1024, 512 * 1024, nullptr);  // on the heap
  if (!state_->data || !state_->context || !state_->stack) throw std::bad_alloc();
  pcre2_jit_stack_assign(state_->context, nullptr, state_->stack);
  const std::size_t steps = 1000 + 64 * text.size();
  pcre2_set_match_limit(state_->context, static_cast<std::uint32_t>(std::min<std::size_t>(
                                             steps, std::numeric_limits<std::uint32_t>::max())));
  pcre2_set_heap_limit(state_->context, 64 * 1024);  // KiB
}

Regex::Search::~Search() = default;

std::optional<Regex::Match> Regex::Search::next() {
  while (from_ <= text_.size()) {
    const int found = pcre2_match(regex_.code_->compiled,
                                  reinterpret_cast<PCRE2_SPTR>(text_.data()), text_.size(), from_,
                                  PCRE2_NO_UTF_CHECK | (after_empty_ ? PCRE2_NOTEMPTY_ATSTART : 0),
                                  state_->data, state_->context);
    if (found == PCRE2_ERROR_NOMATCH) return std::nullopt;
    if (found < 0) {
      throw Error(
          ErrorCode::BadInput,
          format("a text of {} bytes is too hard for the tokenizer's regular expression {}: "
                 "{}; shorten the text",
                 text_.size(), bantam::quoted(regex_.pattern_), pcre2_message(found)));
    }
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(state_->data);
    from_ = ends[1];
    after_empty_ = ends[0] == ends[1];
    return Match{ends[0], ends[1]};
  }
  return std::nullopt;
}

}  // namespace bantam::text
