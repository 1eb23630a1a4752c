// One request and the reply to it, as handlers see them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/http/message.h"

namespace bantam::serve::http {

template <typename T = void>
using Awaitable = boost::asio::awaitable<T>;

// Belongs to one coroutine of the network thread. A handler replies once: whole, or with begin()
// and any number of writes. Every call throws boost::system::system_error once the peer is gone,
// and the coroutine is cancelled then wherever it waits.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const Request& request() const = 0;

  // The whole reply.
  virtual Awaitable<> reply(Response response) = 0;

  // A reply whose body comes piece by piece, until the handler returns. `head` has no body.
  virtual Awaitable<> begin(Response head) = 0;
  virtual Awaitable<> write(std::string_view piece) = 0;

  // Whether a status has been sent: an error can only be told in the body then.
  virtual bool has_begun() const = 0;
};

using Handler = std::function<Awaitable<>(Exchange&)>;

}  // namespace bantam::serve::http
