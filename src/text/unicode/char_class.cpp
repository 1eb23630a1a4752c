#include "text/unicode/char_class.h"

#include <utf8proc.h>

#include <algorithm>
#include <map>

#include "text/unicode/unicode16.h"

namespace bantam::text {
namespace {

bool is_white_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

// Symbols with the property Alphabetic, and the two joiners: word characters without being letters.
bool is_extra_word(char32_t c) {
  return c == 0x200C || c == 0x200D || (c >= 0x24B6 && c <= 0x24E9) ||
         (c >= 0x1F130 && c <= 0x1F149) || (c >= 0x1F150 && c <= 0x1F169) ||
         (c >= 0x1F170 && c <= 0x1F189);
}

CharClass of_category(utf8proc_category_t category) {
  switch (category) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LT:
      return kLetter | kUpperish | kWord;
    case UTF8PROC_CATEGORY_LL:
      return kLetter | kLowerish | kWord;
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return kLetter | kUpperish | kLowerish | kWord;
    case UTF8PROC_CATEGORY_MN:
      return kMark | kUpperish | kLowerish | kNonspacingMark | kWord;
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
      return kMark | kUpperish | kLowerish | kWord;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
      return kNumber | kWord;
    case UTF8PROC_CATEGORY_NO:
      return kNumber;
    case UTF8PROC_CATEGORY_PC:
      return kPunctuation | kWord;
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
      return kPunctuation;
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SK:
    case UTF8PROC_CATEGORY_SO:
      return kSymbol;
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
      return kOther;
    default:  // the separators, and what is not assigned
      return 0;
  }
}

utf8proc_category_t category_of(char32_t c) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  if (category != UTF8PROC_CATEGORY_CN) return category;
  const auto* range = std::lower_bound(
      std::begin(kAddedByUnicode16), std::end(kAddedByUnicode16), c,
      [](const CategoryRange& added, char32_t value) { return added.last < value; });
  const bool known = range != std::end(kAddedByUnicode16) && range->first <= c;
  return known ? range->category : category;
}

CharClass class_of(char32_t c) {
  CharClass result = of_category(category_of(c));
  if (is_white_space(c)) result |= kSpace;
  if (is_extra_word(c)) result |= kWord;
  if (c == '\n' || c == '\r') result |= kLineBreak;
  return result;
}

}  // namespace

CharClassTable::CharClassTable() {
  std::map<std::array<CharClass, 256>, std::uint16_t> known;
  for (char32_t page = 0; page < page_of_.size(); ++page) {
    std::array<CharClass, 256> classes;
    for (char32_t i = 0; i < 256; ++i) classes[i] = class_of(page << 8 | i);
    const auto [place, added] =
        known.try_emplace(classes, static_cast<std::uint16_t>(known.size()));
    if (added) pages_.insert(pages_.end(), classes.begin(), classes.end());
    page_of_[page] = place->second;
  }
}

const CharClassTable& char_classes() {
  static const CharClassTable table;
  return table;
}

}  // namespace bantam::text
