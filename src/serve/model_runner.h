// A model's engine on a thread of its own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "serve/token_channel.h"

namespace bantam::serve {

// More requests wait than the server takes in: ask again later.
class Overloaded : public Error {
 public:
  Overloaded(const std::string& message, int retry_after_seconds)
      : Error(ErrorCode::OutOfMemory, message), retry_after_seconds_(retry_after_seconds) {}
  int retry_after_seconds() const { return retry_after_seconds_; }

 private:
  int retry_after_seconds_;
};

// What an engine has done and has to do.
struct RunnerCounts {
  engine::EngineCounts engine;
  double prompt_seconds = 0;  // of sequences that have ended
  double decode_seconds = 0;
};

// Owns the engine and its thread. submit(), cancel() and counts() may be called by any thread.
class ModelRunner {
 public:
  // Throws what Engine throws.
  ModelRunner(std::shared_ptr<const model::Model> model, const engine::EngineOptions& options);
  ~ModelRunner() { stop(); }
  ModelRunner(const ModelRunner&) = delete;
  ModelRunner& operator=(const ModelRunner&) = delete;

  std::int64_t context_tokens() const { return engine_.context_tokens(); }
  const engine::Executor& executor() const { return engine_.executor(); }

  // The request's tokens come through the channel, and what Engine::submit throws; `reader` is
  // woken for them. Throws Overloaded where as many requests run and wait as may.
  std::shared_ptr<TokenChannel> submit(engine::Request request, std::shared_ptr<Wake> reader);
  // Ends a request after the running pass, at the latest; nothing more comes through its channel.
  void cancel(std::shared_ptr<TokenChannel> channel);

  RunnerCounts counts() const;

  // Ends the engine's thread; what still runs fails with Cancelled. Nobody is woken after that.
  void stop();

 private:
  struct Incoming {
    engine::Request request;
    std::shared_ptr<TokenChannel> channel;
  };
  struct Sequence {
    engine::SequenceId id = 0;
    std::shared_ptr<TokenChannel> channel;
  };

  void serve();
  bool wait_for_work();
  void take_requests();
  void drop_cancelled();
  void step();
  void deliver(std::span<const engine::TokenEvent> events);
  void end(std::vector<Sequence>::iterator sequence, const engine::SequenceStats& stats);
  void fail_all(const std::exception_ptr& error);

  // Of the engine's thread.
  engine::Engine engine_;
  std::vector<Sequence> sequences_;  // that run or wait

  const std::int64_t requests_max_;
  mutable std::mutex mutex_;
  std::condition_variable has_work_;
  std::vector<Incoming> incoming_;                        // GUARDED_BY(mutex_)
  std::vector<std::shared_ptr<TokenChannel>> cancelled_;  // GUARDED_BY(mutex_)
  std::int64_t requests_ = 0;                             // GUARDED_BY(mutex_): incoming and on
  RunnerCounts counts_;                                   // GUARDED_BY(mutex_)
  bool is_stopping_ = false;                              // GUARDED_BY(mutex_)
  std::thread thread_;
};

}  // namespace bantam::serve
