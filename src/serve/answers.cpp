#include "serve/answers.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/format.h"

namespace bantam::serve {

using engine::FinishReason;

Answers::Answers(std::shared_ptr<ServedModel> model, std::vector<engine::Request> requests,
                 const std::vector<std::string>& stops, boost::asio::any_io_executor network)
    : model_(std::move(model)), wake_(std::make_shared<Wake>(std::move(network))) {
  for (engine::Request& request : requests) {
    Answer& answer =
        answers_.emplace_back(Answer{library::TextStream(*model_->loaded.tokenizer, stops), {}});
    answer.stats.prompt_tokens = std::ssize(request.prompt);
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
    if (answer.text.is_stopped()) break;  // the same pass may have brought more
  }
  if (answer.text.is_stopped()) progress.finish = FinishReason::Stop;
  answer.has_ended = batch->stats.has_value();
  if (!progress.finish) return progress;
  progress.text += answer.text.finish();
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
    throw Error(ErrorCode::Unsupported,
                format("{}: none of the model's tokens may come next: what the request demands and "
                       "what it forbids leave none",
                       model_->name));
  }
  if (answer.stats.new_tokens++ == 0) answer.stats.prefill_seconds = age_.seconds();
  progress.tokens.push_back(event);
  if (event.finish) progress.finish = event.finish;
  if (event.finish != FinishReason::Stop) progress.text += answer.text.push(event.token);
}

}  // namespace bantam::serve
