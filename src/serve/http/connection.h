// One connection: request after request. Inside of http alone.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "serve/http/server.h"

namespace bantam::serve::http {

using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

// What is wrong with a request by the rules of HTTP itself, and the status that says so.
struct Fault {
  int status;
  std::string reason;
};

// Owned by its coroutine, run().
class Connection final : public Exchange {
 public:
  // `options`, `handler` and `counts` outlive it.
  Connection(boost::asio::ip::tcp::socket socket, const Limits& limits, const Handler& handler,
             ServerCounts& counts);

  Awaitable<> run();

  // From drain(): ends a connection that waits for a request; another ends after its reply.
  void drain();
  void close();

  const Request& request() const override { return request_; }
  Awaitable<> reply(Response response) override;
  Awaitable<> begin(Response head) override;
  Awaitable<> write(std::string_view piece) override;
  bool has_begun() const override { return has_begun_; }

 private:
  struct ReadEnd {
    boost::system::error_code error;
    std::optional<Fault> fault;
  };

  // False: the connection has ended.
  Awaitable<bool> read_request();
  Awaitable<ReadEnd> read_message(Parser& parser);
  Awaitable<> answer();
  Awaitable<> watch_peer();
  Awaitable<> refuse(const Fault& fault);
  Awaitable<> send(std::string bytes);
  std::string head_text(const Response& response, bool is_chunked, std::size_t body_bytes) const;

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  const Limits& limits_;
  const Handler& handler_;
  ServerCounts& counts_;
  Request request_;
  unsigned version_ = 11;  // 10 or 11
  bool keeps_alive_ = false;
  bool is_reading_ = false;  // a request has not come whole
  bool is_draining_ = false;
  bool has_begun_ = false;
  bool is_chunked_ = false;
};

}  // namespace bantam::serve::http
