// The handlers of Ollama's API, for the list of routes.
#pragma once

#include "serve/context.h"

namespace bantam::serve::ollama {

http::Awaitable<> root(Context& context, http::Exchange& exchange);      // GET /
http::Awaitable<> version(Context& context, http::Exchange& exchange);   // GET /api/version
http::Awaitable<> tags(Context& context, http::Exchange& exchange);      // GET /api/tags
http::Awaitable<> ps(Context& context, http::Exchange& exchange);        // GET /api/ps
http::Awaitable<> show(Context& context, http::Exchange& exchange);      // POST /api/show
http::Awaitable<> copy(Context& context, http::Exchange& exchange);      // POST /api/copy
http::Awaitable<> remove(Context& context, http::Exchange& exchange);    // DELETE /api/delete
http::Awaitable<> generate(Context& context, http::Exchange& exchange);  // POST /api/generate
http::Awaitable<> chat(Context& context, http::Exchange& exchange);      // POST /api/chat

}  // namespace bantam::serve::ollama
