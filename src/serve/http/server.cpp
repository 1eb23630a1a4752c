#include "serve/http/server.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <utility>

#include "base/error.h"
#include "base/format.h"
#include "serve/http/connection.h"

namespace bantam::serve::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Kept alive by the coroutines that accept and serve.
class Server::Connections : public std::enable_shared_from_this<Connections> {
 public:
  Connections(asio::io_context& network, ServerOptions options, Handler handler)
      : network_(network),
        options_(std::move(options)),
        handler_(std::move(handler)),
        acceptor_(network) {}

  void listen();
  void start();
  void drain();
  void close();
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  const ServerCounts& counts() const { return counts_; }
  bool is_empty() const { return open_.empty(); }

 private:
  Awaitable<> accept();
  Awaitable<> serve(tcp::socket socket);

  asio::io_context& network_;
  ServerOptions options_;
  Handler handler_;
  tcp::acceptor acceptor_;
  std::list<Connection*> open_;
  ServerCounts counts_;
};

void Server::Connections::listen() {
  error_code error;
  const auto address = asio::ip::make_address(options_.host, error);
  if (error) {
    throw Error(ErrorCode::BadInput, format("--host: found {}, expected an IP address such as "
                                            "127.0.0.1 or ::1",
                                            quoted(std::string_view(options_.host))));
  }
  const tcp::endpoint endpoint(address, options_.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(4096, error);
  if (!error) return;
  throw Error(ErrorCode::Io, format("cannot listen on {} port {}: {}", options_.host, options_.port,
                                    error.message()));
}

void Server::Connections::start() {
  asio::co_spawn(network_, [self = shared_from_this()] { return self->accept(); }, asio::detached);
}

Awaitable<> Server::Connections::accept() {
  const auto self = shared_from_this();
  asio::steady_timer pause(network_);
  while (acceptor_.is_open()) {
    error_code error;
    tcp::socket socket =
        co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (!acceptor_.is_open()) co_return;
    if (error || open_.size() >= options_.limits.connections) {
      // Out of descriptors or connections: those that come wait in the system's queue meanwhile.
      socket = tcp::socket(network_);
      pause.expires_after(std::chrono::milliseconds(20));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    asio::co_spawn(
        network_,
        [self, accepted = std::move(socket)]() mutable { return self->serve(std::move(accepted)); },
        asio::detached);
  }
}

Awaitable<> Server::Connections::serve(tcp::socket socket) {
  const auto self = shared_from_this();
  Connection connection(std::move(socket), options_.limits, handler_, counts_);
  const auto place = open_.insert(open_.end(), &connection);
  ++counts_.connections_total;
  counts_.connections_open = open_.size();
  co_await connection.run();
  open_.erase(place);
  counts_.connections_open = open_.size();
}

void Server::Connections::drain() {
  error_code ignored;
  acceptor_.close(ignored);
  for (Connection* connection : open_) connection->drain();
}

void Server::Connections::close() {
  drain();
  for (Connection* connection : open_) connection->close();
}

Server::Server(asio::io_context& network, ServerOptions options, Handler handler)
    : connections_(std::make_shared<Connections>(network, std::move(options), std::move(handler))) {
  connections_->listen();
  connections_->start();
}

Server::~Server() { connections_->close(); }

std::uint16_t Server::port() const { return connections_->port(); }
const ServerCounts& Server::counts() const { return connections_->counts(); }
void Server::drain() { connections_->drain(); }
void Server::close() { connections_->close(); }
bool Server::is_empty() const { return connections_->is_empty(); }

}  // namespace bantam::serve::http
