#include "cli/chat/answer.h"

#include <algorithm>
#include <variant>

#include "base/error.h"
#include "base/format.h"
#include "text/replies/reply_stream.h"
#include "text/stop_matcher.h"

namespace bantam::cli {
namespace {

std::string rate(std::int64_t tokens, double seconds) {
  if (seconds <= 0) return format("{} tokens", tokens);
  return format("{} tokens in {}, {} tokens/s", tokens, human_duration(seconds),
                fixed(static_cast<double>(tokens) / seconds, 1));
}

// A sequence must not go on when its consumer is gone, thrown out by an error.
struct CancelOnExit {
  engine::Engine& engine;
  engine::SequenceId id;
  ~CancelOnExit() { engine.cancel(id); }
};

}  // namespace

Answer generate(engine::Engine& engine, const library::LoadedModel& model, engine::Request request,
                const std::vector<std::string>& stops, const AnswerForm& form,
                const InterruptGuard& interrupt, ShowPiece show) {
  Answer answer;
  const engine::SequenceId id = engine.submit(std::move(request));
  const CancelOnExit guard{engine, id};
  replies::ReplyStream reply(*model.tokenizer, form.format,
                             {.tools = {}, .starts_thinking = form.starts_thinking});
  text::StopMatcher stop(stops);
  const auto emit = [&](const std::string& piece) {
    answer.text += piece;
    if (!piece.empty()) show(AnswerPart::Text, piece);
  };
  const auto take = [&](const std::vector<replies::ReplyEvent>& events) {
    for (const replies::ReplyEvent& event : events) {
      if (const auto* thinking = std::get_if<replies::ThinkingText>(&event)) {
        answer.thinking += thinking->text;
        show(AnswerPart::Thinking, thinking->text);
      } else if (const auto* content = std::get_if<replies::ContentText>(&event)) {
        emit(stop.push(content->text));
      }
    }
  };
  while (!engine.is_idle()) {
    if (interrupt.requested()) {
      engine.cancel(id);
      answer.reason = engine::FinishReason::Cancelled;
      break;
    }
    for (const engine::TokenEvent& event : engine.step()) {
      if (event.token != engine::kNoToken) answer.events.push_back(event);
      if (event.finish) answer.reason = *event.finish;
      const bool is_end =
          event.finish == engine::FinishReason::Stop || event.token == engine::kNoToken;
      if (!is_end) take(reply.push(event.token));
      if (stop.is_stopped()) break;  // the same pass may have brought more
    }
    if (stop.is_stopped() && !engine.is_idle()) {
      engine.cancel(id);
      answer.reason = engine::FinishReason::Stop;
    }
  }
  take(reply.finish());
  emit(stop.finish());
  if (stop.is_stopped()) answer.reason = engine::FinishReason::Stop;
  answer.stats = engine.last_stats();
  answer.stats.new_tokens = std::ssize(answer.events);
  return answer;
}

std::string_view finish_reason_name(engine::FinishReason reason) {
  switch (reason) {
    case engine::FinishReason::Stop:
      return "stop";
    case engine::FinishReason::Length:
      return "length";
    case engine::FinishReason::ContextFull:
      return "context_full";
    case engine::FinishReason::Cancelled:
      return "cancelled";
    case engine::FinishReason::NoTokenAllowed:
      return "no_token_allowed";
  }
  return "stop";
}

std::string rates(const library::LoadedModel& model, const engine::SequenceStats& stats) {
  const std::int64_t computed = stats.prompt_tokens - stats.reused_tokens;
  std::string text = format("load     {}\nprefill  {}", human_duration(model.load_seconds),
                            rate(computed, stats.prefill_seconds));
  if (stats.reused_tokens > 0) text += format(" ({} more from the cache)", stats.reused_tokens);
  // The first new token comes out of the prefill.
  text += format("\ndecode   {}\n",
                 rate(std::max<std::int64_t>(0, stats.new_tokens - 1), stats.decode_seconds));
  if (stats.drafted_tokens == 0) return text;
  return text + format("guessed  {} tokens, {} of them right; {} tokens a pass\n",
                       stats.drafted_tokens, stats.accepted_tokens,
                       fixed(static_cast<double>(stats.new_tokens) /
                                 static_cast<double>(std::max<std::int64_t>(1, stats.passes)),
                             2));
}

void check_complete(const Answer& answer, const engine::Engine& engine) {
  if (answer.reason == engine::FinishReason::Cancelled)
    throw Error(ErrorCode::Cancelled, "stopped");
  if (answer.reason == engine::FinishReason::NoTokenAllowed) {
    throw Error(ErrorCode::Unsupported,
                "the answer was cut: no token of this model can go on with it in the form that "
                "--format, --grammar or --regex asks for");
  }
  if (answer.reason != engine::FinishReason::ContextFull) return;
  throw Error(
      ErrorCode::ContextFull,
      format(
          "the answer was cut: the context of {} tokens is full ({} of the prompt, {} new); use a "
          "larger --ctx, limit the answer with --max-tokens, or forget a chat with /clear",
          engine.context_tokens(), answer.stats.prompt_tokens, answer.stats.new_tokens));
}

}  // namespace bantam::cli
