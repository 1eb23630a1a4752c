#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace bantam {
namespace {

using Kind = Utf8Step::Kind;

// Length that a first byte announces, and the allowed range of the second byte.
struct Lead {
  std::size_t length;
  unsigned char low, high;
};

Lead lead_of(unsigned char first) {
  if (first >= 0xC2 && first <= 0xDF) return {2, 0x80, 0xBF};
  if (first == 0xE0) return {3, 0xA0, 0xBF};
  if (first == 0xED) return {3, 0x80, 0x9F};
  if (first >= 0xE1 && first <= 0xEF) return {3, 0x80, 0xBF};
  if (first == 0xF0) return {4, 0x90, 0xBF};
  if (first >= 0xF1 && first <= 0xF3) return {4, 0x80, 0xBF};
  if (first == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

Utf8Step read_utf8(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (first < 0x80) return {Kind::Character, first, 1};
  const Lead lead = lead_of(first);
  if (lead.length == 0) return {Kind::Broken, 0, 1};
  for (std::size_t i = 1; i < lead.length; ++i) {
    if (i == bytes.size()) return {Kind::Incomplete, 0, i};
    const auto next = static_cast<unsigned char>(bytes[i]);
    const unsigned char low = i == 1 ? lead.low : 0x80, high = i == 1 ? lead.high : 0xBF;
    if (next < low || next > high) return {Kind::Broken, 0, i};
  }
  const CodePoint read = read_valid_utf8(bytes.data());
  return {Kind::Character, read.value, read.length};
}

bool is_valid_utf8(std::string_view bytes) {
  std::size_t i = 0;
  while (i < bytes.size()) {
    std::uint64_t eight = 0;
    if (bytes.size() - i >= sizeof eight) {
      std::memcpy(&eight, bytes.data() + i, sizeof eight);
      if ((eight & 0x8080808080808080u) == 0) {
        i += sizeof eight;
        continue;
      }
    }
    const Utf8Step step = read_utf8(bytes.substr(i));
    if (step.kind != Kind::Character) return false;
    i += step.length;
  }
  return true;
}

std::string repair_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const Utf8Step step = read_utf8(bytes);
    text += step.kind == Kind::Character ? bytes.substr(0, step.length) : kReplacementText;
    bytes.remove_prefix(step.length);
  }
  return text;
}

void append_utf8(std::string& text, char32_t value) {
  const auto put = [&text](char32_t byte) { text += static_cast<char>(byte); };
  if (value < 0x80) {
    put(value);
  } else if (value < 0x800) {
    put(0xC0 | value >> 6), put(0x80 | (value & 0x3F));
  } else if (value < 0x10000) {
    put(0xE0 | value >> 12), put(0x80 | (value >> 6 & 0x3F)), put(0x80 | (value & 0x3F));
  } else {
    put(0xF0 | value >> 18), put(0x80 | (value >> 12 & 0x3F)), put(0x80 | (value >> 6 & 0x3F));
    put(0x80 | (value & 0x3F));
  }
}

std::string to_utf8(char32_t value) {
  std::string text;
  append_utf8(text, value);
  return text;
}

std::u32string to_code_points(std::string_view valid_text) {
  std::u32string result;
  result.reserve(valid_text.size());
  for (std::size_t i = 0; i < valid_text.size();) {
    const CodePoint read = read_valid_utf8(valid_text.data() + i);
    result += read.value;
    i += read.length;
  }
  return result;
}

}  // namespace bantam
