// Any bytes as a JSON Schema, a GBNF grammar or an expression, by the first byte: a matcher that
// always finds a token until the text is complete, or an Error.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/grammar/gbnf.h"
#include "text/grammar/json_schema.h"
#include "text/grammar/regex.h"
#include "text/grammar/token_matcher.h"

namespace {

using namespace bantam::grammar;

constexpr bantam::text::TokenId kStop = 300;

Grammar compile(char kind, std::string_view source) {
  if (kind == 'g') return compile_gbnf(source);
  if (kind == 'r') return compile_regex(source);
  return compile_json_schema(source);
}

std::shared_ptr<const VocabularyTrie> make_vocabulary() {
  std::vector<std::string> tokens{"{\"", "\":", "\",", "aa", "}}", "  ", "11"};
  for (int byte = 0; byte < 256; ++byte) tokens.push_back(std::string(1, static_cast<char>(byte)));
  return std::make_shared<VocabularyTrie>(tokens);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto vocabulary = make_vocabulary();
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  if (source.empty()) return 0;
  try {
    TokenMatcher matcher(
        std::make_shared<TokenGrammar>(compile(source[0], source.substr(1)), vocabulary), {kStop});
    std::size_t choice = size;
    for (int step = 0; step < 16 && !matcher.is_stopped(); ++step) {
      std::vector<bantam::text::TokenId> ids;
      const auto mask = matcher.allowed();
      for (bantam::text::TokenId id = 0; id <= kStop; ++id) {
        if (mask[static_cast<std::size_t>(id) / 64] >> (id % 64) & 1) ids.push_back(id);
      }
      choice = choice * 31 + data[static_cast<std::size_t>(step) % size];
      // A dead end, or a mask that accept() does not keep to, is as bad as a crash.
      if (ids.empty() || !matcher.accept(ids[choice % ids.size()])) std::abort();
    }
  } catch (const bantam::Error&) {
  }
  return 0;
}
