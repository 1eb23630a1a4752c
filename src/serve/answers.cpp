#include "serve/answers.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/format.h"

namespace bantam::serve {

using engine::FinishReason;

namespace {

// Puts what a model said where it belongs; content ends at a stop string.
void put(std::vector<replies::ReplyEvent> events, text::StopMatcher& stops, Progress& progress) {
  for (replies::ReplyEvent& event : events) {
    if (auto* content = std::get_if<replies::ContentText>(&event)) {
      progress.text += stops.push(content->text);
    } else if (auto* thinking = std::get_if<replies::ThinkingText>(&event)) {
      progress.thinking += thinking->text;
    } else if (!stops.is_stopped()) {
      progress.calls.push_back(std::get<replies::ToolCall>(std::move(event)));
    }
  }
}

// Whether the answer is all that its format asks for, and so needs no token more.
bool is_complete(const std::shared_ptr<engine::TokenConstraint>& constraint) {
  const auto* format = dynamic_cast<const library::FormatConstraint*>(constraint.get());
  return format != nullptr && format->is_complete();
}

}  // namespace

Answers::Answers(std::shared_ptr<ServedModel> model, std::vector<engine::Request> requests,
                 const std::vector<std::string>& stops, boost::asio::any_io_executor network,
                 std::optional<ReplyReading> reading)
    : model_(std::move(model)),
      wake_(std::make_shared<Wake>(std::move(network))),
      reading_(std::move(reading)) {
  const text::Tokenizer& tokenizer = *model_->loaded.tokenizer;
  for (engine::Request& request : requests) {
    Answer& answer = answers_.emplace_back(
        Answer{text::StreamDecoder(tokenizer), text::StopMatcher(stops), std::nullopt});
    if (reading_) {
      answer.reply.emplace(tokenizer, model_->reply_format,
                           replies::ReplyOptions{.tools = reading_->tools,
                                                 .starts_thinking = reading_->starts_thinking,
                                                 .id_seed = request.sampling.seed});
    }
    answer.stats.prompt_tokens = std::ssize(request.prompt);
    answer.constraint = request.constraint;
    try {
      answer.channel = model_->runner->submit(std::move(request), wake_);
    } catch (...) {
      answer.has_ended = true;
      for (const Answer& begun : answers_) {
        if (!begun.has_ended) model_->runner->cancel(begun.channel);
      }
      throw;
    }
  }
}

Answers::~Answers() {
  for (const Answer& answer : answers_) {
    if (!answer.has_ended) model_->runner->cancel(answer.channel);
  }
}

http::Awaitable<std::vector<Progress>> Answers::next() {
  std::vector<Progress> news;
  for (;;) {
    for (std::size_t i = 0; i < answers_.size(); ++i) {
      if (answers_[i].has_finished) continue;
      std::optional<Progress> progress = poll(answers_[i]);
      if (!progress) continue;
      progress->index = i;
      news.push_back(*std::move(progress));
    }
    if (!news.empty() || std::ranges::all_of(answers_, &Answer::has_finished)) co_return news;
    co_await wake_->wait();
  }
}

std::optional<Progress> Answers::poll(Answer& answer) {
  std::optional<TokenBatch> batch;
  try {
    batch = answer.channel->take();
  } catch (...) {
    answer.has_ended = true;
    throw;
  }
  if (!batch) return std::nullopt;
  Progress progress;
  for (const engine::TokenEvent& event : batch->events) {
    take(event, answer, progress);
    if (answer.stops.is_stopped()) break;  // the same pass may have brought more
  }
  if (answer.stops.is_stopped()) progress.finish = FinishReason::Stop;
  answer.has_ended = batch->stats.has_value();
  if (!progress.finish) return progress;
  if (answer.reply) {
    put(answer.reply->finish(), answer.stops, progress);
  } else {
    progress.text += answer.stops.push(answer.decoder.finish());
  }
  progress.text += answer.stops.finish();
  answer.has_finished = true;
  if (batch->stats) {
    const std::int64_t shown = answer.stats.new_tokens;
    answer.stats = *batch->stats;
    answer.stats.new_tokens = shown;
  } else {
    answer.stats.decode_seconds = age_.seconds() - answer.stats.prefill_seconds;
    model_->runner->cancel(answer.channel);
    answer.has_ended = true;
  }
  return progress;
}

void Answers::take(const engine::TokenEvent& event, Answer& answer, Progress& progress) const {
  if (event.finish == FinishReason::NoTokenAllowed) {
    if (!is_complete(answer.constraint)) {
      throw Error(ErrorCode::Unsupported,
                  format("{}: none of the model's tokens may come next: what the request demands "
                         "and what it forbids leave none",
                         model_->name));
    }
    progress.finish = FinishReason::Stop;
    return;
  }
  if (answer.stats.new_tokens++ == 0) answer.stats.prefill_seconds = age_.seconds();
  progress.tokens.push_back(event);
  if (event.finish) progress.finish = event.finish;
  if (event.finish == FinishReason::Stop) return;
  if (answer.reply) {
    put(answer.reply->push(event.token), answer.stops, progress);
  } else {
    progress.text += answer.stops.push(answer.decoder.push(event.token));
  }
}

}  // namespace bantam::serve
