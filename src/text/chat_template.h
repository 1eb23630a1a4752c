// A model's chat template: messages to the prompt that the model was trained on.
#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/builtins/calendar.h"
#include "text/jinja/error.h"
#include "text/rendered_prompt.h"

namespace bantam::text {

struct ChatMessage {
  std::string role;  // "system", "user", "assistant", …
  std::string content;
};

struct ChatTemplateOptions {
  bool add_generation_prompt = true;    // end where the assistant's answer begins
  bool continue_final_message = false;  // end inside of the last message instead
  // What strftime_now says. Without it the function is not there, and templates use a date of their
  // own.
  std::optional<jinja::CalendarTime> now;
  std::size_t context_bytes = 0;  // the prompt may have 1 MiB or four times this, whichever is more
};

enum class TemplateLanguage {
  Jinja,  // of Hugging Face's files and GGUF
  Go,     // of Ollama's Modelfiles
};

// What a template of unknown origin is written in: Go's if an action of it begins as none of
// Jinja's can, with a dot, a $ or a word such as `range`, else Jinja.
TemplateLanguage detect_language(std::string_view source);

// A Jinja template as Hugging Face's transformers renders it: Jinja 3.1 in its immutable sandbox
// with trim_blocks and lstrip_blocks. A Go template as Ollama renders it. Parsed once. Immutable:
// any thread.
class ChatTemplate {
 public:
  // Variables that are part of the model: bos_token, eos_token and the like.
  using SpecialTokens = std::vector<std::pair<std::string, std::string>>;

  // Throws jinja::TemplateError{Syntax}. Go templates know no special tokens.
  explicit ChatTemplate(std::string_view source, SpecialTokens special_tokens = {},
                        TemplateLanguage language = TemplateLanguage::Jinja);
  ~ChatTemplate();
  ChatTemplate(ChatTemplate&&) noexcept;
  ChatTemplate& operator=(ChatTemplate&&) noexcept;

  // `variables` is an object: messages, and if wanted tools, documents and whatever else the
  // template knows, such as enable_thinking. All of its strings are the user's, except well-known
  // roles. Throws Error{BadInput} for what is no conversation and jinja::TemplateError for what the
  // template refuses or cannot do; a message of raise_exception comes word for word. No template
  // needs more than a quarter of a second or 256 KiB of stack.
  // A Go template takes messages, tools and think (or enable_thinking), or instead of messages
  // prompt and suffix; it decides for itself how a prompt ends, so that an option or variable
  // add_generation_prompt = false is Error{Unsupported}.
  RenderedPrompt render(const nlohmann::ordered_json& variables,
                        const ChatTemplateOptions& options = {}) const;
  RenderedPrompt render(std::span<const ChatMessage> messages,
                        const ChatTemplateOptions& options = {}) const;

 private:
  struct Parts;
  std::unique_ptr<const Parts> parts_;
};

}  // namespace bantam::text
