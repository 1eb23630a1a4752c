#include "library/prompt.h"

#include <ctime>

namespace bantam::library {

std::vector<text::TokenId> encode_chat(const text::Tokenizer& tokenizer,
                                       const text::RenderedPrompt& prompt) {
  std::vector<text::TokenId> ids = tokenizer.encode(prompt);
  const bool lacks_bos = tokenizer.adds_bos() && (ids.empty() || ids.front() != tokenizer.bos());
  if (lacks_bos) ids.insert(ids.begin(), *tokenizer.bos());
  return ids;
}

jinja::CalendarTime local_time() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  return jinja::CalendarTime::from_seconds(static_cast<std::int64_t>(now) + local.tm_gmtoff);
}

}  // namespace bantam::library
