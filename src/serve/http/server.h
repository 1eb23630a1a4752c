// An HTTP/1.1 server (RFC 9110, RFC 9112) on one thread: a coroutine a connection.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "serve/http/exchange.h"

namespace bantam::serve::http {

// What one connection may take.
struct Limits {
  std::chrono::milliseconds header_time{10'000};  // from the first byte to the last of a header
  std::chrono::milliseconds body_idle{30'000};    // between two pieces of a body
  std::chrono::milliseconds write_stall{30'000};  // a peer that does not read
  std::chrono::milliseconds idle{75'000};         // between two requests
  std::uint32_t header_bytes = 32 * 1024;
  std::size_t header_count = 100;
  std::size_t target_bytes = 8 * 1024;
  std::uint64_t body_bytes = std::uint64_t{64} << 20;
  std::size_t connections = 16'384;
};

struct ServerOptions {
  std::string host = "127.0.0.1";  // an address of this machine
  std::uint16_t port = 11434;      // 0: one that is free
  Limits limits;
};

// Counts of a server's life, for metrics.
struct ServerCounts {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_total = 0;
  std::uint64_t requests_total = 0;
  std::uint64_t refused_total = 0;  // for what HTTP itself forbids
};

// Owned by the thread that runs the io_context.
class Server {
 public:
  // Listens. Throws Error{Io} where the address cannot be used, naming who holds the port if the
  // system says.
  Server(boost::asio::io_context& network, ServerOptions options, Handler handler);
  ~Server();

  std::uint16_t port() const;
  const ServerCounts& counts() const;

  // Takes no more connections, ends those that are idle at once and the others after their reply.
  void drain();
  // Ends what is left.
  void close();
  bool is_empty() const;  // no connection is open

 private:
  class Connections;
  std::shared_ptr<Connections> connections_;
};

}  // namespace bantam::serve::http
