// From a request to its handler, and from an error to a reply.
#pragma once

#include <exception>
#include <span>

#include "serve/context.h"

namespace bantam::serve {

// Finds the route and calls it; refuses what the origin policy forbids; answers HEAD, OPTIONS and
// unknown paths itself; tells errors in the route's dialect.
http::Awaitable<> route(Context& context, std::span<const Route> routes, http::Exchange& exchange);

// A status and a body for what was thrown, by kind.
http::Response error_response(const std::exception_ptr& error, Dialect dialect);

}  // namespace bantam::serve
