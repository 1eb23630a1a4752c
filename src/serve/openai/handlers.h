// The handlers of OpenAI's API and of the extras beside it, for the list of routes.
#pragma once

#include "serve/context.h"

namespace bantam::serve::openai {

http::Awaitable<> models(Context& context, http::Exchange& exchange);  // GET /v1/models
http::Awaitable<> model(Context& context, http::Exchange& exchange);   // GET /v1/models/NAME
http::Awaitable<> chat_completions(Context& context, http::Exchange& exchange);
http::Awaitable<> completions(Context& context, http::Exchange& exchange);
http::Awaitable<> tokenize(Context& context, http::Exchange& exchange);
http::Awaitable<> detokenize(Context& context, http::Exchange& exchange);
http::Awaitable<> apply_template(Context& context, http::Exchange& exchange);
http::Awaitable<> health(Context& context, http::Exchange& exchange);   // GET /health
http::Awaitable<> metrics(Context& context, http::Exchange& exchange);  // GET /metrics

}  // namespace bantam::serve::openai
