#include <array>

#include "base/utf8.h"
#include "text/pipeline/token_decoder.h"

namespace bantam::text {
namespace {

// Printable Latin-1 characters stand for themselves; the other 68 bytes follow from U+0100 on.
bool stands_for_itself(int byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr char32_t kFirstSubstitute = 0x100;
constexpr std::size_t kAlphabetEnd = kFirstSubstitute + 68;

struct Alphabet {
  std::array<char32_t, 256> characters{};
  std::array<int, kAlphabetEnd> bytes{};

  Alphabet() {
    bytes.fill(-1);
    char32_t next = kFirstSubstitute;
    for (int byte = 0; byte < 256; ++byte) {
      const char32_t c = stands_for_itself(byte) ? static_cast<char32_t>(byte) : next++;
      characters[static_cast<std::size_t>(byte)] = c;
      bytes[c] = byte;
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet instance;
  return instance;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

char32_t byte_to_alphabet(unsigned char byte) { return alphabet().characters[byte]; }

int alphabet_to_byte(char32_t character) {
  return character < kAlphabetEnd ? alphabet().bytes[character] : -1;
}

std::optional<std::string> bytes_of_alphabet(std::string_view valid_text) {
  std::string bytes;
  for (std::size_t i = 0; i < valid_text.size();) {
    const CodePoint read = read_valid_utf8(valid_text.data() + i);
    const int byte = alphabet_to_byte(read.value);
    if (byte < 0) return std::nullopt;
    bytes += static_cast<char>(byte);
    i += read.length;
  }
  return bytes;
}

int byte_of_piece(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return -1;
  const int high = hex_digit(piece[3]), low = hex_digit(piece[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

}  // namespace bantam::text
