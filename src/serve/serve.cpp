#include "serve/serve.h"

#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <utility>

#include "serve/router.h"
#include "serve/routes.h"

namespace bantam::serve {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// A connection takes a descriptor; the usual limit of 1024 is for programs of another time.
void allow_many_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Takes the server down in two steps.
class Shutdown {
 public:
  Shutdown(asio::io_context& network, http::Server& server, std::chrono::seconds drain_time)
      : network_(network),
        server_(server),
        drain_time_(drain_time),
        signals_(network, SIGINT, SIGTERM),
        timer_(network) {
    wait_for_signal();
  }

 private:
  void wait_for_signal() {
    signals_.async_wait([this](const error_code& error, int) {
      if (error) return;
      if (is_draining_) return network_.stop();
      is_draining_ = true;
      until_ = Clock::now() + drain_time_;
      server_.drain();
      wait_for_end();
      wait_for_signal();
    });
  }

  void wait_for_end() {
    if (server_.is_empty() || Clock::now() >= until_) return network_.stop();
    timer_.expires_after(std::chrono::milliseconds(20));
    timer_.async_wait([this](const error_code& error) {
      if (!error) wait_for_end();
    });
  }

  asio::io_context& network_;
  http::Server& server_;
  std::chrono::seconds drain_time_;
  asio::signal_set signals_;
  asio::steady_timer timer_;
  Clock::time_point until_;
  bool is_draining_ = false;
};

// Models that have expired go, once a second.
class Expiry {
 public:
  Expiry(asio::io_context& network, ModelRegistry& models) : timer_(network), models_(models) {
    tick();
  }

 private:
  void tick() {
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([this](const error_code& error) {
      if (error) return;
      models_.expire();
      tick();
    });
  }

  asio::steady_timer timer_;
  ModelRegistry& models_;
};

}  // namespace

void serve(ServeOptions options) {
  allow_many_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  // Coroutines that are left when it stops are destroyed with it, and what they use must outlive
  // it.
  std::unique_ptr<ModelRegistry> models;
  std::unique_ptr<Context> context;
  asio::io_context network(1);
  ModelCatalog catalog(std::move(options.sources), store::Store(options.store_root));
  models = std::make_unique<ModelRegistry>(std::move(options.models), std::move(catalog),
                                           network.get_executor());
  context = std::make_unique<Context>(*models);
  context->origin_policy = std::move(options.origins);
  context->version = options.version;
  http::Server server(network, options.http, [&](http::Exchange& exchange) {
    return route(*context, routes(), exchange);
  });
  context->connections = &server.counts();
  const Shutdown shutdown(network, server, options.drain_time);
  const Expiry expiry(network, *models);
  if (options.on_listening) options.on_listening(server.port());
  network.run();
  models->stop();
}

}  // namespace bantam::serve
