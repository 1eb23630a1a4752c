// From the messages or the text of a request to the tokens of its prompt.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "library/loaded_model.h"
#include "text/chat_template.h"
#include "text/replies/reply_format.h"

namespace bantam::serve {

struct Prompt {
  std::vector<std::int32_t> ids;
  std::int64_t dropped_tokens = 0;    // of a text that was too long
  std::int64_t dropped_messages = 0;  // of a conversation that was too long
  bool starts_thinking = false;       // it ends inside of the model's thinking
};

// What happens to a prompt that leaves no room for an answer.
struct PromptLimit {
  std::int64_t context_tokens = 0;
  bool is_cut = false;           // otherwise it is an error, ContextFull
  std::int64_t kept_tokens = 4;  // of the beginning, where a text is cut
};

// Renders what a chat template takes: messages, tools and other variables. Where the conversation
// is too long and may be cut, the oldest messages go that are not the system's, as few as will do;
// the last one stays. Throws Unsupported for a model without a template, ContextFull, and what
// ChatTemplate::render throws. Any thread.
Prompt chat_prompt(const library::LoadedModel& model, const replies::ReplyFormat& format,
                   const nlohmann::ordered_json& variables, const PromptLimit& limit);

// Tokens as they are; where they are too many and may be cut, the beginning and the end stay.
Prompt fitting_prompt(std::vector<std::int32_t> ids, const PromptLimit& limit);

// The model's own. Throws Unsupported, saying why, where there is none.
const text::ChatTemplate& chat_template_of(const library::LoadedModel& model);

}  // namespace bantam::serve
