// Tokens on their way from an engine's thread to the network's.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/request.h"
#include "serve/http/exchange.h"

namespace bantam::serve {

// Wakes a coroutine of the network's thread from another one.
class Wake : public std::enable_shared_from_this<Wake> {
 public:
  explicit Wake(boost::asio::any_io_executor network);

  // By the coroutine, right after it found nothing to do: a call of notify() since then counts.
  http::Awaitable<> wait();
  // Any thread.
  void notify();

 private:
  boost::asio::any_io_executor network_;
  boost::asio::steady_timer timer_;  // of the network's thread
};

// What has come of a sequence.
struct TokenBatch {
  std::vector<engine::TokenEvent> events;
  std::optional<engine::SequenceStats> stats;  // with the last tokens
};

// Filled by the engine's thread, emptied by any other.
class TokenChannel {
 public:
  explicit TokenChannel(std::shared_ptr<Wake> reader) : reader_(std::move(reader)) {}

  // What has come since the last call, if anything has. Throws what ended the sequence, if an error
  // did.
  std::optional<TokenBatch> take();

  // By the engine's thread. The reader wakes at flush(), once for all that was put in.
  void push(const engine::TokenEvent& event);
  void finish(const engine::SequenceStats& stats);
  void fail(std::exception_ptr error);
  void flush() { reader_->notify(); }

 private:
  std::shared_ptr<Wake> reader_;
  std::mutex mutex_;
  TokenBatch ready_;          // GUARDED_BY(mutex_)
  std::exception_ptr error_;  // GUARDED_BY(mutex_)
};

}  // namespace bantam::serve
