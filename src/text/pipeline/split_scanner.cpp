#include "text/pipeline/split_scanner.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/utf8.h"
#include "text/pipeline/char_set.h"
#include "text/unicode/char_class.h"

namespace bantam::text {
namespace patterns {

constexpr std::string_view kGpt2 =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3})"
    R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+)"
    R"([\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen35 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N})"
    R"(| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kCl100k =
    R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++)"
    R"([\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s)";
constexpr std::string_view kGpt4o =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+)"
    R"([\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3})"
    R"(| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kTekken =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
    R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+)"
    R"([\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S))"
    R"(|\s+)";
constexpr std::string_view kDeepSeekV3Digits = R"(\p{N}{1,3})";
constexpr std::string_view kDeepSeekV3Cjk = "[一-龥\u3040-ゟ゠-ヿ]+";
constexpr std::string_view kDeepSeekV3Words =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+)"
    R"(|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+)"
    R"((?!\S)|\s+)";
constexpr std::string_view kLineBreak = R"([\r\n])";
constexpr std::string_view kDeepSeekLlmLetters =
    "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷ"
    "ᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄ"
    "Ⰰ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+";
constexpr std::string_view kDeepSeekLlmPunctuation = "\\s?[!-/:-~！-／：-～‘-‟\u3000-。]+";
constexpr std::string_view kTrailingSpace = R"(\s+$)";
constexpr std::string_view kDeepSeekCjk = "[一-龥\u0800-一가-\uD7FF]+";
constexpr std::string_view kDeepSeekCoderLetters = R"(\s?\p{L}+)";
constexpr std::string_view kDeepSeekCoderPunctuation = R"(\s?\p{P}+)";
constexpr std::string_view kThreeDigits = "[0-9][0-9][0-9]";

}  // namespace patterns

namespace {

// The text of one span, and the class of the character at a place in it.
struct Reader {
  const char* begin;
  const char* end;
  const CharClassTable& classes = char_classes();

  struct Char {
    CharClass is = 0;
    std::size_t length = 0;  // 0 at the end
  };
  Char at(const char* p) const {
    if (p == end) return {};
    const CodePoint read = read_valid_utf8(p);
    return {classes[read.value], read.length};
  }
  const char* skip(const char* p, CharClass any) const {
    while (p < end) {
      const Char c = at(p);
      if (!(c.is & any)) break;
      p += c.length;
    }
    return p;
  }
  const char* skip_not(const char* p, CharClass any) const {
    while (p < end) {
      const Char c = at(p);
      if (c.is & any) break;
      p += c.length;
    }
    return p;
  }
  const char* skip_bytes(const char* p, std::string_view any) const {
    while (p < end && any.find(*p) != any.npos) ++p;
    return p;
  }
};

// Walks through a span: `match(reader, p)` gives the end of the match at p, or null; what lies
// between matches is one piece.
template <typename Match>
void scan(std::string_view text, Span span, std::vector<Span>& out, Match&& match) {
  const Reader reader{text.data() + span.begin, text.data() + span.end};
  const auto place = [&](const char* p) { return static_cast<std::uint32_t>(p - text.data()); };
  const char* gap = reader.begin;
  for (const char* p = reader.begin; p < reader.end;) {
    const char* const end = match(reader, p);
    if (end == nullptr) {
      p += read_valid_utf8(p).length;
      continue;
    }
    if (gap < p) out.push_back({place(gap), place(p)});
    out.push_back({place(p), place(end)});
    p = gap = end;
  }
  if (gap < reader.end) out.push_back({place(gap), place(reader.end)});
}

// 's|'t|'re|'ve|'m|'ll|'d at an apostrophe; with `any_case` also U+017F, which folds to s. 0: none.
std::size_t contraction(const Reader& reader, const char* p, bool any_case) {
  const auto left = reader.end - p;
  if (left < 2 || *p != '\'') return 0;
  const auto lower = [any_case](char c) {
    return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  };
  const char first = lower(p[1]);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  if (left < 3) return 0;
  if (any_case && p[1] == '\xC5' && p[2] == '\xBF') return 3;
  const char second = lower(p[2]);
  const bool known = (first == 'r' && second == 'e') || (first == 'v' && second == 'e') ||
                     (first == 'l' && second == 'l');
  return known ? 3 : 0;
}

// \s+(?!\S)|\s+ : a run of white space but for its last character, unless nothing follows it.
const char* white_space(const Reader& reader, const char* p) {
  const char* const end = reader.skip(p, kSpace);
  if (end == reader.end) return end;
  const char* last = end - 1;
  while ((*last & 0xC0) == 0x80) --last;
  return last > p ? last : end;
}

// \s*[\r\n]+|\s+(?!\S)|\s+ ; with `end_first`, \s++$ comes before them.
const char* white_space_and_lines(const Reader& reader, const char* p, bool end_first = false) {
  const char* const end = reader.skip(p, kSpace);
  if (end_first && end == reader.end) return end;
  for (const char* q = end; q > p; --q) {
    if (q[-1] == '\n' || q[-1] == '\r') return q;
  }
  return white_space(reader, p);
}

const char* match_gpt2(const Reader& reader, const char* p) {
  if (const std::size_t length = contraction(reader, p, false)) return p + length;
  const Reader::Char first = reader.at(p);
  const bool blank = *p == ' ';
  const Reader::Char c = blank ? reader.at(p + 1) : first;
  if (c.length == 0 || (c.is & kSpace)) return white_space(reader, p);
  const char* const begin = blank ? p + 1 : p;
  if (c.is & kLetter) return reader.skip(begin, kLetter);
  if (c.is & kNumber) return reader.skip(begin, kNumber);
  return reader.skip_not(begin, kSpace | kLetter | kNumber);
}

const char* digits(const Reader& reader, const char* p, int count_max) {
  for (int i = 0; i < count_max; ++i) {
    const Reader::Char c = reader.at(p);
    if (!(c.is & kNumber)) break;
    p += c.length;
  }
  return p;
}

// ` ?[^\s\p{L}\p{N}]+` followed by any number of `after`, or null.
const char* other_run(const Reader& reader, const char* p, CharClass not_other,
                      std::string_view after) {
  const char* const begin = *p == ' ' ? p + 1 : p;
  const char* const end = reader.skip_not(begin, not_other);
  return end == begin ? nullptr : reader.skip_bytes(end, after);
}

// The Llama 3 expression and its relatives.
template <int kDigits, CharClass kWordClass, bool kEndFirst>
const char* match_llama3(const Reader& reader, const char* p) {
  if (const std::size_t length = contraction(reader, p, true)) return p + length;
  const Reader::Char c = reader.at(p);
  if (c.is & kWordClass) return reader.skip(p + c.length, kWordClass);
  if (!(c.is & (kNumber | kLineBreak)) && (reader.at(p + c.length).is & kWordClass)) {
    return reader.skip(p + c.length, kWordClass);
  }
  if (c.is & kNumber) return digits(reader, p, kDigits);
  if (const char* end = other_run(reader, p, kSpace | kNumber | kWordClass, "\r\n")) return end;
  return white_space_and_lines(reader, p, kEndFirst);
}

// [upperish]*[lowerish]+ at p, or null. The first run may have to give back characters of both
// classes.
const char* upper_then_lower(const Reader& reader, const char* p) {
  const char* const upper_end = reader.skip(p, kUpperish);
  const char* const lower_end = reader.skip(upper_end, kLowerish);
  if (lower_end > upper_end) return lower_end;
  for (const char* q = upper_end; q > p;) {
    const char* const end = q;
    do --q;
    while ((*q & 0xC0) == 0x80);
    if (reader.at(q).is & kLowerish) return end;
  }
  return nullptr;
}

// The GPT-4o expression; Tekken is the same with other digits and without contractions.
template <int kDigits, bool kContractions>
const char* match_cased(const Reader& reader, const char* p) {
  const Reader::Char c = reader.at(p);
  const char* const after = c.is & (kLineBreak | kLetter | kNumber) ? nullptr : p + c.length;
  const char* word = after != nullptr ? upper_then_lower(reader, after) : nullptr;
  if (word == nullptr) word = upper_then_lower(reader, p);
  if (word == nullptr && after != nullptr && (reader.at(after).is & kUpperish)) {
    word = reader.skip(after, kUpperish);
  }
  if (word == nullptr && (c.is & kUpperish)) word = reader.skip(p, kUpperish);
  if (word != nullptr) return word + (kContractions ? contraction(reader, word, true) : 0);
  if (c.is & kNumber) return digits(reader, p, kDigits);
  if (const char* end = other_run(reader, p, kSpace | kLetter | kNumber, "\r\n/")) return end;
  return white_space_and_lines(reader, p);
}

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

const char* match_deepseek_v3(const Reader& reader, const char* p) {
  constexpr CharClass kWordClass = kLetter | kMark;
  const Reader::Char c = reader.at(p);
  const bool ascii_punctuation =
      static_cast<unsigned char>(*p) < 0x80 && (c.is & (kPunctuation | kSymbol));
  if (ascii_punctuation && p + 1 < reader.end && is_ascii_letter(p[1])) {
    const char* end = p + 1;
    while (end < reader.end && is_ascii_letter(*end)) ++end;
    return end;
  }
  if (!(c.is & (kLineBreak | kLetter | kPunctuation | kSymbol)) &&
      (reader.at(p + c.length).is & kWordClass)) {
    return reader.skip(p + c.length, kWordClass);
  }
  if (c.is & kWordClass) return reader.skip(p, kWordClass);
  const char* const begin = *p == ' ' ? p + 1 : p;
  const char* const end = reader.skip(begin, kPunctuation | kSymbol);
  if (end > begin) return reader.skip_bytes(end, "\r\n");
  return c.is & kSpace ? white_space_and_lines(reader, p) : nullptr;
}

// \s?[class]+
template <CharClass kClass>
const char* match_spaced_class(const Reader& reader, const char* p) {
  const Reader::Char c = reader.at(p);
  const char* const begin =
      (c.is & kSpace) && (reader.at(p + c.length).is & kClass) ? p + c.length : p;
  const char* const end = reader.skip(begin, kClass);
  return end > begin ? end : nullptr;
}

// [set]+ , after \s? if `kSpaced`.
template <bool kSpaced>
const char* match_set(const Reader& reader, const char* p, const CharSet& set) {
  const auto skip = [&](const char* q) {
    while (q < reader.end && set.contains(read_valid_utf8(q).value)) q += read_valid_utf8(q).length;
    return q;
  };
  const char* const end = skip(p);
  if (end > p) return end;
  if (!kSpaced || !(reader.at(p).is & kSpace)) return nullptr;
  const char* const begin = p + reader.at(p).length;
  const char* const spaced_end = skip(begin);
  return spaced_end > begin ? spaced_end : nullptr;
}

// \s+$ with $ at the end and before line feeds. A run that fails is passed over as a whole.
void split_trailing_space(std::string_view text, Span span, std::vector<Span>& out) {
  const char* passed = nullptr;  // no match begins before it
  scan(text, span, out, [&](const Reader& reader, const char* p) -> const char* {
    if (p < passed || !(reader.at(p).is & kSpace)) return nullptr;
    const char* const end = reader.skip(p, kSpace);
    if (end == reader.end) return end;
    for (const char* q = end - 1; q > p; --q) {
      if (*q == '\n') return q;
    }
    passed = end;
    return nullptr;
  });
}

template <const char* (*kMatch)(const Reader&, const char*)>
void split_by(std::string_view text, Span span, std::vector<Span>& out) {
  scan(text, span, out, kMatch);
}

template <const std::string_view& kPattern, bool kSpaced>
void split_by_set(std::string_view text, Span span, std::vector<Span>& out) {
  static const CharSet set = CharSet::of_pattern(kPattern);
  scan(text, span, out,
       [](const Reader& reader, const char* p) { return match_set<kSpaced>(reader, p, set); });
}

const char* match_line_break(const Reader&, const char* p) {
  return *p == '\r' || *p == '\n' ? p + 1 : nullptr;
}

const char* match_up_to_three_numbers(const Reader& reader, const char* p) {
  const char* const end = digits(reader, p, 3);
  return end > p ? end : nullptr;
}

const char* match_three_digits(const Reader& reader, const char* p) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return reader.end - p >= 3 && digit(p[0]) && digit(p[1]) && digit(p[2]) ? p + 3 : nullptr;
}

struct Row {
  std::string_view pattern;
  SplitScanner scanner;
};

constexpr std::array kRows{
    Row{patterns::kGpt2, split_by<match_gpt2>},
    Row{patterns::kLlama3, split_by<match_llama3<3, kLetter, false>>},
    Row{patterns::kQwen2, split_by<match_llama3<1, kLetter, false>>},
    Row{patterns::kQwen35, split_by<match_llama3<1, kLetter | kMark, false>>},
    Row{patterns::kCl100k, split_by<match_llama3<3, kLetter, true>>},
    Row{patterns::kGpt4o, split_by<match_cased<3, true>>},
    Row{patterns::kTekken, split_by<match_cased<1, false>>},
    Row{patterns::kDeepSeekV3Digits, split_by<match_up_to_three_numbers>},
    Row{patterns::kDeepSeekV3Cjk, split_by_set<patterns::kDeepSeekV3Cjk, false>},
    Row{patterns::kDeepSeekV3Words, split_by<match_deepseek_v3>},
    Row{patterns::kLineBreak, split_by<match_line_break>},
    Row{patterns::kDeepSeekLlmLetters, split_by_set<patterns::kDeepSeekLlmLetters, true>},
    Row{patterns::kDeepSeekLlmPunctuation, split_by_set<patterns::kDeepSeekLlmPunctuation, true>},
    Row{patterns::kTrailingSpace, split_trailing_space},
    Row{patterns::kDeepSeekCjk, split_by_set<patterns::kDeepSeekCjk, false>},
    Row{patterns::kDeepSeekCoderLetters, split_by<match_spaced_class<kLetter>>},
    Row{patterns::kDeepSeekCoderPunctuation, split_by<match_spaced_class<kPunctuation>>},
    Row{patterns::kThreeDigits, split_by<match_three_digits>},
};

}  // namespace

SplitScanner find_split_scanner(std::string_view pattern) {
  for (const Row& row : kRows) {
    if (row.pattern == pattern) return row.scanner;
  }
  return nullptr;
}

}  // namespace bantam::text
