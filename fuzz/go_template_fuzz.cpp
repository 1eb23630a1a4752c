// Any bytes as a Go template of Ollama's: a text or an Error, nothing else.
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "text/chat_template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto variables = nlohmann::ordered_json::parse(R"({
      "messages": [
        {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hé <b>"},
        {"role": "assistant", "content": "1", "thinking": "2", "tool_calls": [
          {"id": "c", "function": {"name": "f", "arguments": {"a": [1.5, null], "b": "x"}}}]},
        {"role": "tool", "content": "3", "tool_name": "f"}],
      "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {
        "type": "object", "required": ["a"], "properties": {"a": {"type": ["array", "null"]}}}}}],
      "think": "high"})");
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  try {
    bantam::text::ChatTemplate(source, {}, bantam::text::TemplateLanguage::Go).render(variables);
  } catch (const bantam::Error&) {
  }
  return 0;
}
