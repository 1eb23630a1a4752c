// One answer of a model, streamed.
#pragma once

#include <string>
#include <vector>

#include "base/function_ref.h"
#include "cli/terminal/interrupt.h"
#include "engine/engine.h"
#include "library/loaded_model.h"
#include "text/replies/reply_format.h"

namespace bantam::cli {

struct Answer {
  std::string text;                        // without what the model thought before
  std::string thinking;                    // empty where it does not think
  std::vector<engine::TokenEvent> events;  // one a new token
  engine::FinishReason reason = engine::FinishReason::Stop;
  engine::SequenceStats stats;
};

enum class AnswerPart { Text, Thinking };
using ShowPiece = FunctionRef<void(AnswerPart part, std::string_view piece)>;

// How to tell the parts of an answer apart.
struct AnswerForm {
  replies::ReplyFormat format;   // none: all of it is text
  bool starts_thinking = false;  // the prompt ends inside of thinking
};

// Generates until the end, a stop string in the text or Ctrl-C; `show` gets each piece as it comes.
// Throws what Engine::submit throws.
Answer generate(engine::Engine& engine, const library::LoadedModel& model, engine::Request request,
                const std::vector<std::string>& stops, const AnswerForm& form,
                const InterruptGuard& interrupt, ShowPiece show);

// "stop", "length", "context_full", "cancelled", "no_token_allowed".
std::string_view finish_reason_name(engine::FinishReason reason);

// Load, prefill and decode rates, one line each, and what came of guesses where there were any.
std::string rates(const library::LoadedModel& model, const engine::SequenceStats& stats);

// Throws Cancelled, or ContextFull saying what to do, if that is why the answer ended.
void check_complete(const Answer& answer, const engine::Engine& engine);

}  // namespace bantam::cli
