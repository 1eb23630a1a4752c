// What every handler works with.
#pragma once

#include <chrono>
#include <string>

#include "serve/http/server.h"
#include "serve/model_registry.h"
#include "serve/origin.h"

namespace bantam::serve {

// Of the network's thread.
struct Context {
  explicit Context(ModelRegistry& registry) : models(registry) {}

  ModelRegistry& models;
  OriginPolicy origin_policy;
  std::string version;  // of the program
  std::chrono::system_clock::time_point started = std::chrono::system_clock::now();
  std::uint64_t next_id = 1;                        // of replies
  const http::ServerCounts* connections = nullptr;  // of the server, once it listens
};

// Which API's words an error is told in.
enum class Dialect { Ollama, OpenAi };

using RouteHandler = http::Awaitable<> (*)(Context& context, http::Exchange& exchange);

struct Route {
  std::string_view method;
  std::string_view path;  // one that ends with '/' stands for all below it
  Dialect dialect;
  RouteHandler handle;
};

}  // namespace bantam::serve
