#include "serve/chat_prompt.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/format.h"
#include "library/prompt.h"
#include "text/json.h"

namespace bantam::serve {
namespace {

// A token of the answer needs a place too.
bool fits(const std::vector<std::int32_t>& ids, const PromptLimit& limit) {
  return std::ssize(ids) < limit.context_tokens;
}

[[noreturn]] void fail_length(std::int64_t tokens, const PromptLimit& limit) {
  throw Error(ErrorCode::ContextFull,
              format("request ({} tokens) exceeds the available context size ({} tokens), try "
                     "increasing it or shorten the prompt",
                     tokens, limit.context_tokens));
}

// Without the oldest `count` messages that may go: neither the system's nor the last.
Json without_oldest(const Json& messages, std::int64_t count) {
  Json kept = Json::array();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const bool is_system = messages[i].value("role", "") == "system";
    if (count > 0 && !is_system && i + 1 < messages.size()) {
      --count;
    } else {
      kept.push_back(messages[i]);
    }
  }
  return kept;
}

std::int64_t droppable(const Json& messages) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i + 1 < messages.size(); ++i) {
    if (messages[i].value("role", "") != "system") ++count;
  }
  return count;
}

}  // namespace

const text::ChatTemplate& chat_template_of(const library::LoadedModel& model) {
  if (model.chat_template) return *model.chat_template;
  throw Error(ErrorCode::Unsupported,
              format("{} has no chat template{}; use it to complete text", model.source.name,
                     model.template_fault.empty() ? "" : " (" + model.template_fault + ")"));
}

Prompt chat_prompt(const library::LoadedModel& model, const replies::ReplyFormat& format,
                   const Json& variables, const PromptLimit& limit) {
  const text::ChatTemplate& chat_template = chat_template_of(model);
  bool starts_thinking = false;
  const auto render = [&](std::int64_t dropped) {
    Json shorter = variables;
    if (dropped > 0) shorter["messages"] = without_oldest(variables["messages"], dropped);
    const text::RenderedPrompt rendered =
        chat_template.render(shorter, {.now = library::local_time()});
    starts_thinking = replies::ends_in_thinking(format, rendered);
    return library::encode_chat(*model.tokenizer, rendered);
  };
  Prompt prompt;
  prompt.ids = render(0);
  prompt.starts_thinking = starts_thinking;
  if (fits(prompt.ids, limit)) return prompt;
  if (!limit.is_cut) fail_length(std::ssize(prompt.ids), limit);
  // The fewer messages are left, the shorter the prompt: search for the least number to drop.
  std::int64_t too_few = 0;
  std::int64_t enough = droppable(variables["messages"]);
  Prompt cut;
  cut.ids = render(enough);
  if (!fits(cut.ids, limit)) {
    cut = fitting_prompt(std::move(cut.ids), limit);
  } else {
    while (enough - too_few > 1) {
      const std::int64_t middle = too_few + (enough - too_few) / 2;
      std::vector<std::int32_t> ids = render(middle);
      if (fits(ids, limit)) {
        enough = middle;
        cut.ids = std::move(ids);
      } else {
        too_few = middle;
      }
    }
  }
  cut.dropped_messages = enough;
  cut.starts_thinking = starts_thinking;
  cut.dropped_tokens = std::ssize(prompt.ids) - std::ssize(cut.ids);
  return cut;
}

Prompt fitting_prompt(std::vector<std::int32_t> ids, const PromptLimit& limit) {
  if (fits(ids, limit)) return {.ids = std::move(ids)};
  if (!limit.is_cut) fail_length(std::ssize(ids), limit);
  // Half of the context is left for the answer, as Ollama leaves it.
  const std::int64_t room = std::max<std::int64_t>(1, limit.context_tokens / 2);
  const std::int64_t kept = std::clamp<std::int64_t>(limit.kept_tokens, 0, room - 1);
  const std::int64_t dropped = std::ssize(ids) - room;
  ids.erase(ids.begin() + kept, ids.begin() + kept + dropped);
  return {.ids = std::move(ids), .dropped_tokens = dropped};
}

}  // namespace bantam::serve
