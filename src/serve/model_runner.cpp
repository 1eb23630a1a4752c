#include "serve/model_runner.h"

#include <algorithm>
#include <utility>

#include "base/format.h"

namespace bantam::serve {
namespace {

// The engine never refuses what submit() has let in.
engine::EngineOptions with_room(engine::EngineOptions options) {
  options.waiting_max += options.sequences_max;
  return options;
}

}  // namespace

ModelRunner::ModelRunner(std::shared_ptr<const model::Model> model,
                         const engine::EngineOptions& options)
    : engine_(std::move(model), with_room(options)),
      requests_max_(options.sequences_max + options.waiting_max),
      thread_([this] { serve(); }) {}

void ModelRunner::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  has_work_.notify_one();
  thread_.join();
}

std::shared_ptr<TokenChannel> ModelRunner::submit(engine::Request request,
                                                  std::shared_ptr<Wake> reader) {
  auto channel = std::make_shared<TokenChannel>(std::move(reader));
  {
    const std::lock_guard lock(mutex_);
    if (requests_ >= requests_max_) {
      throw Overloaded(format("server busy, please try again. maximum pending requests exceeded: "
                              "{} run or wait",
                              requests_),
                       1);
    }
    ++requests_;
    incoming_.push_back({std::move(request), channel});
  }
  has_work_.notify_one();
  return channel;
}

void ModelRunner::cancel(std::shared_ptr<TokenChannel> channel) {
  {
    const std::lock_guard lock(mutex_);
    cancelled_.push_back(std::move(channel));
  }
  has_work_.notify_one();
}

RunnerCounts ModelRunner::counts() const {
  const std::lock_guard lock(mutex_);
  RunnerCounts counts = counts_;
  counts.engine.waiting += std::ssize(incoming_);
  return counts;
}

void ModelRunner::serve() {
  while (wait_for_work()) {
    take_requests();
    drop_cancelled();
    if (!engine_.is_idle()) step();
  }
  fail_all(std::make_exception_ptr(Error(ErrorCode::Cancelled, "the server stops")));
}

// False: the runner stops.
bool ModelRunner::wait_for_work() {
  std::unique_lock lock(mutex_);
  counts_.engine = engine_.counts();
  has_work_.wait(lock, [&] {
    return is_stopping_ || !incoming_.empty() || !cancelled_.empty() || !engine_.is_idle();
  });
  return !is_stopping_;
}

void ModelRunner::take_requests() {
  std::vector<Incoming> incoming;
  {
    const std::lock_guard lock(mutex_);
    incoming.swap(incoming_);
  }
  for (Incoming& one : incoming) {
    try {
      sequences_.push_back({engine_.submit(std::move(one.request)), one.channel});
      continue;
    } catch (...) {
      one.channel->fail(std::current_exception());
    }
    one.channel->flush();
    const std::lock_guard lock(mutex_);
    --requests_;
  }
}

void ModelRunner::drop_cancelled() {
  std::vector<std::shared_ptr<TokenChannel>> cancelled;
  {
    const std::lock_guard lock(mutex_);
    cancelled.swap(cancelled_);
  }
  for (const auto& channel : cancelled) {
    const auto found = std::ranges::find(sequences_, channel, &Sequence::channel);
    if (found == sequences_.end()) continue;
    const auto stats = engine_.cancel(found->id);
    end(found, stats.value_or(engine::SequenceStats()));
  }
}

void ModelRunner::step() {
  try {
    deliver(engine_.step());
  } catch (...) {
    fail_all(std::current_exception());
  }
}

void ModelRunner::deliver(std::span<const engine::TokenEvent> events) {
  for (const engine::TokenEvent& event : events) {
    std::ranges::find(sequences_, event.sequence, &Sequence::id)->channel->push(event);
  }
  for (const engine::FinishedSequence& finished : engine_.finished()) {
    const auto found = std::ranges::find(sequences_, finished.sequence, &Sequence::id);
    found->channel->finish(finished.stats);
    found->channel->flush();
    end(found, finished.stats);
  }
  // One wake a reader and step, however many tokens it gets.
  std::int64_t last = 0;
  for (const engine::TokenEvent& event : events) {
    if (event.sequence == last) continue;
    last = event.sequence;
    const auto found = std::ranges::find(sequences_, event.sequence, &Sequence::id);
    if (found != sequences_.end()) found->channel->flush();
  }
}

// It no longer runs or waits, and its figures count.
void ModelRunner::end(std::vector<Sequence>::iterator sequence,
                      const engine::SequenceStats& stats) {
  sequences_.erase(sequence);
  const std::lock_guard lock(mutex_);
  --requests_;
  counts_.prompt_seconds += stats.prefill_seconds;
  counts_.decode_seconds += stats.decode_seconds;
}

void ModelRunner::fail_all(const std::exception_ptr& error) {
  while (!sequences_.empty()) {
    const auto first = sequences_.begin();
    engine_.cancel(first->id);
    first->channel->fail(error);
    first->channel->flush();
    end(first, {});
  }
  std::vector<Incoming> incoming;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) incoming.swap(incoming_);
  }
  for (const Incoming& one : incoming) {
    one.channel->fail(error);
    one.channel->flush();
  }
}

}  // namespace bantam::serve
