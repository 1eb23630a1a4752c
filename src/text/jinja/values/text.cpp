#include "text/jinja/values/text.h"

#include <algorithm>

namespace bantam::jinja {
namespace {

void add_span(std::vector<ByteSpan>& spans, ByteSpan span) {
  if (span.begin == span.end) return;
  if (!spans.empty() && spans.back().end == span.begin) {
    spans.back().end = span.end;
  } else {
    spans.push_back(span);
  }
}

bool is_ascii(std::string_view bytes) {
  return std::none_of(bytes.begin(), bytes.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace

void Text::append(std::string_view more, Origin more_origin) {
  const std::size_t start = bytes.size();
  bytes.append(more);
  ascii = ascii && is_ascii(more);
  if (more_origin == Origin::User) add_span(user, {start, bytes.size()});
}

void Text::append(const Text& more, std::size_t begin, std::size_t end) {
  const std::size_t start = bytes.size();
  const auto part = std::string_view(more.bytes).substr(begin, end - begin);
  bytes.append(part);
  ascii = ascii && (more.ascii || is_ascii(part));
  const auto first =
      std::lower_bound(more.user.begin(), more.user.end(), begin,
                       [](const ByteSpan& span, std::size_t at) { return span.end <= at; });
  for (auto span = first; span != more.user.end() && span->begin < end; ++span) {
    add_span(user, {start + std::max(span->begin, begin) - begin,
                    start + std::min(span->end, end) - begin});
  }
}

}  // namespace bantam::jinja
