#include "text/pipeline/normalizer.h"

#include <algorithm>

#include "base/utf8.h"
#include "text/pipeline/replace_text.h"
#include "text/unicode/char_class.h"

namespace bantam::text {
namespace {

constexpr std::string_view kBlank = "\xE2\x96\x81";  // U+2581

// Calls `use(code point, its bytes)` for each character.
template <typename Use>
void for_each_character(std::string_view text, Use&& use) {
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint read = read_valid_utf8(text.data() + i);
    use(read.value, text.substr(i, read.length));
    i += read.length;
  }
}

bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

std::string clean(std::string_view text) {
  std::string out;
  for_each_character(text, [&](char32_t c, std::string_view bytes) {
    const CharClass is = char_classes()[c];
    const bool white = c == '\t' || c == '\n' || c == '\r' || (is & kSpace);
    if (c == 0 || c == kReplacementCharacter ||
        ((is & kOther) && !(c == '\t' || c == '\n' || c == '\r'))) {
      return;
    }
    if (white) {
      out += ' ';
    } else {
      out += bytes;
    }
  });
  return out;
}

std::string without(CharClass dropped, std::string_view text) {
  std::string out;
  for_each_character(text, [&](char32_t c, std::string_view bytes) {
    if (!(char_classes()[c] & dropped)) out += bytes;
  });
  return out;
}

std::string apply_step(const NormalForm& form, std::string_view text, std::size_t) {
  return normalize(text, form);
}
std::string apply_step(const Lowercase&, std::string_view text, std::size_t) {
  return lowercase(text);
}
std::string apply_step(const StripAccents&, std::string_view text, std::size_t) {
  return without(kMark, text);
}

std::string apply_step(const StripEnds& step, std::string_view text, std::size_t) {
  std::size_t begin = text.size(), end = 0, at = 0;  // of what is not white space
  for_each_character(text, [&](char32_t c, std::string_view bytes) {
    if (!(char_classes()[c] & kSpace)) {
      begin = std::min(begin, at);
      end = at + bytes.size();
    }
    at += bytes.size();
  });
  if (!step.left) begin = 0;
  if (!step.right) end = text.size();
  return std::string(begin < end ? text.substr(begin, end - begin) : std::string_view());
}

std::string apply_step(const Prepend& step, std::string_view text, std::size_t) {
  return text.empty() ? std::string() : step.text + std::string(text);
}

std::string apply_step(const Replace& step, std::string_view text, std::size_t bytes_max) {
  if (step.regex == nullptr) return replace_text(text, step.literal, step.replacement, bytes_max);
  std::string out;
  std::size_t done = 0;
  Regex::Search search(*step.regex, text);
  while (const auto match = search.next()) {
    out += text.substr(done, match->begin - done);
    out += step.replacement;
    done = match->end;
    check_growth(out.size(), bytes_max);
  }
  out += text.substr(done);
  return out;
}

std::string apply_step(const BertNormalization& step, std::string_view input, std::size_t) {
  std::string text = step.clean_text ? clean(input) : std::string(input);
  if (step.space_chinese) {
    std::string spaced;
    for_each_character(text, [&](char32_t c, std::string_view bytes) {
      if (!is_chinese(c)) {
        spaced += bytes;
        return;
      }
      spaced += ' ';
      spaced += bytes;
      spaced += ' ';
    });
    text = std::move(spaced);
  }
  if (step.strip_accents) text = without(kNonspacingMark, normalize(text, NormalForm::Nfd));
  return step.lowercase ? lowercase(text) : text;
}

// The replacement of what begins at the start of `text`, and how much that is.
Charsmap::Match first_rule(const Charsmap* rules, const PrefixTrie* kept, std::string_view text) {
  if (kept != nullptr) {
    const PrefixTrie::Match match = kept->longest(text);
    if (match.length > 0) return {match.length, text.substr(0, match.length)};
  }
  if (rules != nullptr) {
    const Charsmap::Match match = rules->longest(text);
    if (match.length > 0) return match;
  }
  const std::size_t length = read_valid_utf8(text.data()).length;
  return {length, text.substr(0, length)};
}

std::string apply_step(const CharsmapNormalization& step, std::string_view text,
                       std::size_t bytes_max) {
  std::string out;
  while (!text.empty()) {
    const Charsmap::Match match = first_rule(step.rules.get(), nullptr, text);
    out += match.replacement;
    check_growth(out.size(), bytes_max);
    text.remove_prefix(match.length);
  }
  return out;
}

std::string apply_step(const SentencePieceNormalization& step, std::string_view text,
                       std::size_t bytes_max) {
  const auto next = [&] { return first_rule(step.rules.get(), step.kept.get(), text); };
  if (step.remove_extra_whitespaces) {
    while (!text.empty()) {
      const Charsmap::Match match = next();
      if (match.replacement != " ") break;
      text.remove_prefix(match.length);
    }
  }
  if (text.empty()) return {};
  if (step.rules == nullptr && !step.remove_extra_whitespaces && !step.whitespace_as_suffix) {
    const std::string_view blank = step.escape_whitespaces ? kBlank : " ";
    return (step.add_dummy_prefix ? std::string(blank) : std::string()) +
           replace_text(text, " ", blank);
  }
  const std::string_view blank = step.escape_whitespaces ? kBlank : " ";
  std::string out;
  out.reserve(text.size() + text.size() / 2 + 3);
  if (step.add_dummy_prefix && !step.whitespace_as_suffix) out += blank;
  bool after_blank = step.remove_extra_whitespaces;
  while (!text.empty()) {
    const Charsmap::Match match = next();
    std::string_view piece = match.replacement;
    while (after_blank && piece.starts_with(' ')) piece.remove_prefix(1);
    for (const char c : piece) {
      if (c == ' ') {
        out += blank;
      } else {
        out += c;
      }
    }
    check_growth(out.size(), bytes_max);
    if (!piece.empty()) after_blank = step.remove_extra_whitespaces && piece.ends_with(' ');
    text.remove_prefix(match.length);
  }
  if (step.remove_extra_whitespaces) {
    while (out.ends_with(blank)) out.resize(out.size() - blank.size());
  }
  if (step.add_dummy_prefix && step.whitespace_as_suffix) out += blank;
  return out;
}

}  // namespace

std::string Normalizer::apply(std::string_view text) const {
  const std::size_t bytes_max = grown_bytes_max(text.size());
  std::string result(text);
  for (const NormalizerStep& any_step : steps_) {
    result =
        std::visit([&](const auto& step) { return apply_step(step, result, bytes_max); }, any_step);
    check_growth(result.size(), bytes_max);
  }
  return result;
}

}  // namespace bantam::text
