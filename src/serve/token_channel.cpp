#include "serve/token_channel.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace bantam::serve {

namespace asio = boost::asio;

Wake::Wake(asio::any_io_executor network)
    : network_(network), timer_(network, asio::steady_timer::time_point::max()) {}

http::Awaitable<> Wake::wait() {
  boost::system::error_code woken;
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

void Wake::notify() {
  // On the thread of the one who waits: never between its look and its wait.
  asio::post(network_, [self = shared_from_this()] { self->timer_.cancel(); });
}

std::optional<TokenBatch> TokenChannel::take() {
  const std::lock_guard lock(mutex_);
  if (!ready_.events.empty() || ready_.stats) return std::exchange(ready_, {});
  if (error_) std::rethrow_exception(error_);
  return std::nullopt;
}

void TokenChannel::push(const engine::TokenEvent& event) {
  const std::lock_guard lock(mutex_);
  ready_.events.push_back(event);
}

void TokenChannel::finish(const engine::SequenceStats& stats) {
  const std::lock_guard lock(mutex_);
  ready_.stats = stats;
}

void TokenChannel::fail(std::exception_ptr error) {
  const std::lock_guard lock(mutex_);
  error_ = std::move(error);
}

}  // namespace bantam::serve
