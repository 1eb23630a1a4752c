// One answer of a model, streamed.
#pragma once

#include <string>
#include <vector>

#include "base/function_ref.h"
#include "cli/terminal/interrupt.h"
#include "engine/engine.h"
#include "library/loaded_model.h"

namespace bantam::cli {

struct Answer {
  std::string text;
  std::vector<engine::TokenEvent> events;  // one a new token
  engine::FinishReason reason = engine::FinishReason::Stop;
  engine::SequenceStats stats;
};

// Generates until the end, a stop string or Ctrl-C; `show` gets each piece of text as it comes.
// Throws what Engine::submit throws.
Answer generate(engine::Engine& engine, const library::LoadedModel& model, engine::Request request,
                const std::vector<std::string>& stops, const InterruptGuard& interrupt,
                FunctionRef<void(std::string_view piece)> show);

// "stop", "length", "context_full", "cancelled", "no_token_allowed".
std::string_view finish_reason_name(engine::FinishReason reason);

// Load, prefill and decode rates, one line each, and what came of guesses where there were any.
std::string rates(const library::LoadedModel& model, const engine::SequenceStats& stats);

// Throws Cancelled, or ContextFull saying what to do, if that is why the answer ended.
void check_complete(const Answer& answer, const engine::Engine& engine);

}  // namespace bantam::cli
