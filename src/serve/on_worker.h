// Work that would hold up the network's thread.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "serve/http/exchange.h"

namespace bantam::serve {

// The result of `work`, which runs on a thread of the pool; the caller goes on where it was. Throws
// what it throws. `work` outlives the call: gcc 12 destroys a temporary with captures of its own
// twice where it stands in an expression that awaits.
template <typename Work>
auto on_worker(boost::asio::thread_pool& workers, const Work& work)
    -> http::Awaitable<decltype(work())> {
  const auto run = [&work]() -> http::Awaitable<decltype(work())> { co_return work(); };
  co_return co_await boost::asio::co_spawn(workers, run, boost::asio::use_awaitable);
}

}  // namespace bantam::serve
