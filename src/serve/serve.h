// The server as one call.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "serve/http/server.h"
#include "serve/model_registry.h"
#include "serve/origin.h"

namespace bantam::serve {

struct ServeOptions {
  http::ServerOptions http;
  OriginPolicy origins;
  RegistryOptions models;
  std::vector<library::ModelSource> sources;  // besides those of the store; each name once
  std::filesystem::path store_root;
  std::string version;                  // of the program
  std::chrono::seconds drain_time{30};  // for requests that run when the server is to stop
  std::function<void(std::uint16_t port)> on_listening;
};

// Serves until SIGINT or SIGTERM; then lets the requests end that run, for drain_time at the most.
// A second signal ends at once. Throws Error{Io} where the address cannot be used.
void serve(ServeOptions options);

}  // namespace bantam::serve
