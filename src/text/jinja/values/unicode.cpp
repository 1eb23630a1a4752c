#include "text/jinja/values/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>

#include "text/jinja/values/special_casing.h"

namespace bantam::jinja {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kCapitalIWithDot = 0x130;
constexpr char32_t kCapitalSigma = 0x3A3;
constexpr char32_t kSmallSigma = 0x3C3;
constexpr char32_t kFinalSigma = 0x3C2;

enum class Case { Upper, Lower, Title };

utf8proc_category_t category(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

const SpecialCase* special_case(char32_t c) {
  if (c < 0xDF) return nullptr;
  const auto* found =
      std::lower_bound(std::begin(kSpecialCases), std::end(kSpecialCases), c,
                       [](const SpecialCase& row, char32_t value) { return row.from < value; });
  return found != std::end(kSpecialCases) && found->from == c ? found : nullptr;
}

void append_mapped(std::string& out, char32_t c, Case to) {
  if (c < 0x80) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool lower = c >= 'a' && c <= 'z';
    const bool flips = to == Case::Lower ? upper : lower;
    out += static_cast<char>(flips ? c ^ 0x20 : c);
    return;
  }
  if (to == Case::Lower) {
    if (c == kCapitalIWithDot) {
      out += "i\xCC\x87";
    } else {
      append_utf8(out, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
    }
    return;
  }
  if (const SpecialCase* special = special_case(c)) {
    for (const char32_t part : to == Case::Upper ? special->upper : special->title) {
      if (part != 0) append_utf8(out, part);
    }
    return;
  }
  const auto value = static_cast<utf8proc_int32_t>(c);
  append_utf8(out, static_cast<char32_t>(to == Case::Upper ? utf8proc_toupper(value)
                                                           : utf8proc_totitle(value)));
}

// Word_Break classes that are transparent to the final sigma rule.
bool is_case_ignorable(char32_t c) {
  const auto kind = category(c);
  return kind == UTF8PROC_CATEGORY_MN || kind == UTF8PROC_CATEGORY_ME ||
         kind == UTF8PROC_CATEGORY_CF || kind == UTF8PROC_CATEGORY_LM ||
         kind == UTF8PROC_CATEGORY_SK || c == '\'' || c == '.' || c == ':' || c == 0xB7 ||
         c == 0x2018 || c == 0x2019 || c == 0x2024 || c == 0x2027;
}

// A sigma that ends a word: a cased letter before it and none after it, case-ignorables apart.
bool is_final_sigma(std::string_view bytes, std::size_t at, std::size_t length) {
  bool cased_before = false;
  for (std::size_t end = at; end > 0;) {
    const CodePoint c = decode_before(bytes, end);
    end -= c.length;
    if (is_case_ignorable(c.value)) continue;
    cased_before = is_cased(c.value);
    break;
  }
  if (!cased_before) return false;
  for (std::size_t next = at + length; next < bytes.size();) {
    const CodePoint c = decode_at(bytes, next);
    next += c.length;
    if (is_case_ignorable(c.value)) continue;
    return !is_cased(c.value);
  }
  return true;
}

void append_lower(std::string& out, std::string_view bytes, std::size_t at, CodePoint c) {
  if (c.value == kCapitalSigma) {
    append_utf8(out, is_final_sigma(bytes, at, c.length) ? kFinalSigma : kSmallSigma);
  } else {
    append_mapped(out, c.value, Case::Lower);
  }
}

template <typename Visit>
void each(std::string_view bytes, Visit visit) {
  for (std::size_t at = 0; at < bytes.size();) {
    const CodePoint c = decode_at(bytes, at);
    visit(at, c);
    at += c.length;
  }
}

}  // namespace

CodePoint decode_at(std::string_view bytes, std::size_t at) {
  const auto lead = static_cast<unsigned char>(bytes[at]);
  if (lead < 0x80) return {lead, 1};
  utf8proc_int32_t value = 0;
  const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()) + at,
                                       static_cast<utf8proc_ssize_t>(bytes.size() - at), &value);
  if (length <= 0) return {kReplacement, 1};
  return {static_cast<char32_t>(value), static_cast<std::size_t>(length)};
}

CodePoint decode_before(std::string_view bytes, std::size_t end) {
  std::size_t at = end - 1;
  while (at > 0 && end - at < 4 && (static_cast<unsigned char>(bytes[at]) & 0xC0) == 0x80) --at;
  return decode_at(bytes.substr(0, end), at);
}

void append_utf8(std::string& out, char32_t code_point) {
  utf8proc_uint8_t buffer[4];
  const auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code_point), buffer);
  out.append(reinterpret_cast<const char*>(buffer), static_cast<std::size_t>(length));
}

std::size_t count_code_points(std::string_view bytes) {
  return static_cast<std::size_t>(std::count_if(bytes.begin(), bytes.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

bool is_valid_utf8(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const CodePoint c = decode_at(bytes, at);
    if (c.value == kReplacement && c.length == 1) return false;
    at += c.length;
  }
  return true;
}

std::string valid_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  each(bytes, [&](std::size_t at, CodePoint c) {
    if (c.value == kReplacement && c.length == 1) {
      append_utf8(out, kReplacement);
    } else {
      out.append(bytes.substr(at, c.length));
    }
  });
  return out;
}

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

bool is_alpha(char32_t c) {
  const auto kind = category(c);
  return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

bool is_decimal(char32_t c) { return category(c) == UTF8PROC_CATEGORY_ND; }

bool is_digit(char32_t c) {
  return is_decimal(c) || c == 0xB2 || c == 0xB3 || c == 0xB9 || c == 0x2070 ||
         (c >= 0x2074 && c <= 0x2079) || (c >= 0x2080 && c <= 0x2089);
}

bool is_numeric(char32_t c) {
  const auto kind = category(c);
  return kind == UTF8PROC_CATEGORY_ND || kind == UTF8PROC_CATEGORY_NL ||
         kind == UTF8PROC_CATEGORY_NO;
}

bool is_printable(char32_t c) {
  if (c == ' ') return true;
  switch (category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_ZS:
      return false;
    default:
      return true;
  }
}

bool is_upper(char32_t c) { return utf8proc_isupper(static_cast<utf8proc_int32_t>(c)) != 0; }
bool is_lower(char32_t c) { return utf8proc_islower(static_cast<utf8proc_int32_t>(c)) != 0; }
bool is_cased(char32_t c) {
  return is_upper(c) || is_lower(c) || category(c) == UTF8PROC_CATEGORY_LT;
}

bool is_identifier(std::string_view bytes) {
  if (bytes.empty() || (bytes[0] >= '0' && bytes[0] <= '9')) return false;
  bool valid = true;
  each(bytes, [&](std::size_t at, CodePoint c) {
    const auto kind = category(c.value);
    const bool letter = is_alpha(c.value) || kind == UTF8PROC_CATEGORY_NL || c.value == '_';
    const bool follower = kind == UTF8PROC_CATEGORY_ND || kind == UTF8PROC_CATEGORY_MN ||
                          kind == UTF8PROC_CATEGORY_MC || kind == UTF8PROC_CATEGORY_PC;
    valid = valid && (letter || (at > 0 && follower));
  });
  return valid;
}

std::string to_upper(std::string_view bytes) {
  std::string out;
  each(bytes, [&](std::size_t, CodePoint c) { append_mapped(out, c.value, Case::Upper); });
  return out;
}

std::string to_lower(std::string_view bytes) {
  std::string out;
  each(bytes, [&](std::size_t at, CodePoint c) { append_lower(out, bytes, at, c); });
  return out;
}

std::string to_title(std::string_view bytes) {
  std::string out;
  bool in_word = false;
  each(bytes, [&](std::size_t at, CodePoint c) {
    if (in_word) {
      append_lower(out, bytes, at, c);
    } else {
      append_mapped(out, c.value, Case::Title);
    }
    in_word = is_cased(c.value);
  });
  return out;
}

std::string to_capitalized(std::string_view bytes) {
  std::string out;
  each(bytes, [&](std::size_t at, CodePoint c) {
    if (at == 0) {
      append_mapped(out, c.value, Case::Title);
    } else {
      append_lower(out, bytes, at, c);
    }
  });
  return out;
}

std::string swap_case(std::string_view bytes) {
  std::string out;
  each(bytes, [&](std::size_t at, CodePoint c) {
    if (is_upper(c.value)) {
      append_lower(out, bytes, at, c);
    } else if (is_lower(c.value)) {
      append_mapped(out, c.value, Case::Upper);
    } else {
      append_utf8(out, c.value);
    }
  });
  return out;
}

std::string fold_case(std::string_view bytes) {
  utf8proc_uint8_t* folded = nullptr;
  const auto length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()),
                   static_cast<utf8proc_ssize_t>(bytes.size()), &folded, UTF8PROC_CASEFOLD);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(folded, &std::free);
  if (length < 0) return std::string(bytes);
  return std::string(reinterpret_cast<const char*>(folded), static_cast<std::size_t>(length));
}

}  // namespace bantam::jinja
