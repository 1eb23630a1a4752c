// Any bytes as a chat template: a text or an Error, nothing else.
#include <cstdint>

#include "base/error.h"
#include "text/chat_template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const std::vector<bantam::text::ChatMessage> messages = {
      {"system", "Be brief."}, {"user", "H\xC3\xA9 <b>"}, {"assistant", "1, 2"}};
  try {
    bantam::text::ChatTemplate(source, {{"bos_token", "<s>"}}).render(messages);
  } catch (const bantam::Error&) {
  }
  return 0;
}
