// Hand-written scanners for the splitting expressions of well-known tokenizers: linear time, no
// stack.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bantam::text {

// A piece of a text, in bytes.
struct Span {
  std::uint32_t begin = 0, end = 0;
};

// Appends the matches of one expression and what lies between them, in order and without a gap, of
// text[span.begin, span.end), valid UTF-8; the expression sees nothing outside the span.
using SplitScanner = void (*)(std::string_view text, Span span, std::vector<Span>& out);

// The scanner that does exactly what the expression does, or null.
SplitScanner find_split_scanner(std::string_view pattern);

// The expression by the name that this file gives it, for tests and for GGUF pre-tokenizers.
namespace patterns {
extern const std::string_view kGpt2, kLlama3, kQwen2, kQwen35, kCl100k, kGpt4o, kTekken;
extern const std::string_view kDeepSeekV3Digits, kDeepSeekV3Cjk, kDeepSeekV3Words;
extern const std::string_view kLineBreak, kDeepSeekLlmLetters, kDeepSeekLlmPunctuation,
    kTrailingSpace, kDeepSeekCjk, kDeepSeekCoderLetters, kDeepSeekCoderPunctuation, kThreeDigits;
}  // namespace patterns

}  // namespace bantam::text
