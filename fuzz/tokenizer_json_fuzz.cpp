// tokenizer.json, then a zero and a text: only Error may escape, and a tokenizer that was read
// encodes it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "text/tokenizer_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\0'), size);
  try {
    const auto tokenizer = bantam::text::tokenizer_from_json(input.substr(0, end), "fuzz");
    tokenizer.decode(tokenizer.encode("Hello, wörld! <s> 12345\n\n  x"));
    tokenizer.decode(tokenizer.encode(input.substr(end), {.parse_special = false}));
  } catch (const bantam::Error&) {  // a clear refusal
  }
  return 0;
}
