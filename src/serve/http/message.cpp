#include "serve/http/message.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"

namespace bantam::serve::http {
namespace {

char lowered(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr std::pair<int, std::string_view> kStatusTexts[] = {
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {204, "No Content"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

}  // namespace

std::string_view Request::header(std::string_view name) const {
  const auto found = std::ranges::find_if(
      headers, [&](const Header& header) { return equals_ignoring_case(header.name, name); });
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

std::string_view status_text(int status) {
  const auto* found = std::ranges::find(kStatusTexts, status, [](auto& row) { return row.first; });
  return found == std::end(kStatusTexts) ? "" : found->second;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lowered, lowered);
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned value = 0;
    const char* const digits = text.data() + i + 1;
    const bool has_two = i + 2 < text.size();
    const auto read = std::from_chars(digits, has_two ? digits + 2 : digits, value, 16);
    if (!has_two || read.ptr != digits + 2) {
      throw Error(ErrorCode::BadInput, "the path has a % that no two hexadecimal digits follow");
    }
    decoded += static_cast<char>(value);
    i += 2;
  }
  const bool has_control =
      std::ranges::any_of(decoded, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (has_control || !is_valid_utf8(decoded)) {
    throw Error(ErrorCode::BadInput, "the path is not UTF-8 without control characters");
  }
  return decoded;
}

}  // namespace bantam::serve::http
