#include "serve/http/connection.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <ctime>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/format.h"

namespace bantam::serve::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

// A wait that puts its failure into `error` instead of throwing it.
auto into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text, size};
}

// None: the peer has left, and nobody is there to be told.
std::optional<Fault> fault_of(const error_code& error) {
  namespace h = beast::http;
  if (error == beast::error::timeout) return Fault{408, "the request did not come in time"};
  const bool is_parsing = error.category() == make_error_code(h::error::bad_value).category();
  if (!is_parsing || error == h::error::end_of_stream || error == h::error::partial_message) {
    return std::nullopt;
  }
  if (error == h::error::header_limit) return Fault{431, "the header is too large"};
  if (error == h::error::body_limit) return Fault{413, "the body is too large"};
  if (error == h::error::bad_version) return Fault{505, "HTTP/1.0 and HTTP/1.1 are understood"};
  return Fault{400, "this is no HTTP/1.1 request: " + error.message()};
}

std::string text_of(beast::string_view view) { return {view.data(), view.size()}; }

// What a request must keep to and the parser does not see to (RFC 9112, sections 3.2 and 6).
std::optional<Fault> header_fault(const Parser::value_type& message, const Limits& limits) {
  if (message.version() != 10 && message.version() != 11) {
    return Fault{505, "HTTP/1.0 and HTTP/1.1 are understood"};
  }
  if (message.target().size() > limits.target_bytes) return Fault{414, "the target is too long"};
  const auto count = static_cast<std::size_t>(std::distance(message.begin(), message.end()));
  if (count > limits.header_count) {
    return Fault{431, format("{} headers, {} are understood", count, limits.header_count)};
  }
  const std::size_t hosts = message.count(beast::http::field::host);
  if (hosts > 1 || (hosts == 0 && message.version() == 11)) {
    return Fault{400, format("{} Host headers, expected one", hosts)};
  }
  const std::size_t encodings = message.count(beast::http::field::transfer_encoding);
  if (encodings > 0) {
    if (message.version() == 10 || message.count(beast::http::field::content_length) > 0) {
      return Fault{400, "Transfer-Encoding beside Content-Length, or in HTTP/1.0"};
    }
    const auto encoding = text_of(message[beast::http::field::transfer_encoding]);
    if (encodings > 1 || !equals_ignoring_case(encoding, "chunked")) {
      return Fault{501, "the only Transfer-Encoding that is understood is chunked"};
    }
  }
  const auto expectation = text_of(message[beast::http::field::expect]);
  if (!expectation.empty() && !equals_ignoring_case(expectation, "100-continue")) {
    return Fault{417, "the only expectation that is understood is 100-continue"};
  }
  return std::nullopt;
}

// The parts of a target: of origin-form and absolute-form (RFC 9112, section 3.2), whose authority
// counts instead of the Host header.
struct Target {
  std::string path, query;
  std::optional<std::string> authority;
};

Target read_target(std::string_view target) {
  Target parts;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equals_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    parts.authority = std::string(target.substr(0, end));
    target.remove_prefix(end);
    break;
  }
  const std::size_t question = target.find('?');
  if (question != std::string_view::npos) parts.query = std::string(target.substr(question + 1));
  parts.path = percent_decoded(target.substr(0, question));
  if (parts.path.empty() && parts.authority) parts.path = "/";
  if (parts.path != "*" && !parts.path.starts_with('/')) {
    throw Error(ErrorCode::BadInput, "the target is no path");
  }
  return parts;
}

Request request_of(Parser::value_type message) {
  Request request;
  request.method = text_of(message.method_string());
  Target target = read_target(text_of(message.target()));
  request.path = std::move(target.path);
  request.query = std::move(target.query);
  for (const auto& field : message) {
    request.headers.push_back({text_of(field.name_string()), text_of(field.value())});
    if (target.authority && field.name() == beast::http::field::host) {
      request.headers.back().value = *target.authority;
    }
  }
  request.body = std::move(message.body());
  return request;
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, const Limits& limits, const Handler& handler,
                       ServerCounts& counts)
    : stream_(std::move(socket)), limits_(limits), handler_(handler), counts_(counts) {
  stream_.socket().set_option(asio::ip::tcp::no_delay(true));
}

void Connection::drain() {
  is_draining_ = true;
  if (is_reading_ && buffer_.size() == 0) close();
}

void Connection::close() {
  error_code ignored;
  stream_.socket().close(ignored);
}

Awaitable<> Connection::run() {
  try {
    while (co_await read_request()) {
      co_await answer();
      if (!keeps_alive_) break;
    }
  } catch (const std::exception&) {
    // The peer is gone, or too slow; or memory lacks for a reply, which ends this connection alone.
  }
  error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  stream_.socket().close(ignored);
}

// Reads until the whole message has come, or as far as its header if that breaks a rule.
Awaitable<Connection::ReadEnd> Connection::read_message(Parser& parser) {
  ReadEnd end;
  error_code& error = end.error;
  if (buffer_.size() == 0) {
    stream_.expires_after(limits_.idle);
    co_await beast::http::async_read_some(stream_, buffer_, parser, into(error));
    if (error == beast::error::timeout) error = beast::http::error::end_of_stream;
  }
  stream_.expires_after(limits_.header_time);
  while (!error && !parser.is_header_done()) {
    co_await beast::http::async_read_some(stream_, buffer_, parser, into(error));
  }
  if (error) co_return end;
  end.fault = header_fault(parser.get(), limits_);
  if (end.fault) co_return end;
  if (equals_ignoring_case(text_of(parser.get()[beast::http::field::expect]), "100-continue")) {
    co_await send("HTTP/1.1 100 Continue\r\n\r\n");
  }
  while (!error && !parser.is_done()) {
    stream_.expires_after(limits_.body_idle);
    co_await beast::http::async_read_some(stream_, buffer_, parser, into(error));
  }
  co_return end;
}

Awaitable<bool> Connection::read_request() {
  has_begun_ = is_chunked_ = keeps_alive_ = false;
  request_ = {};
  Parser parser;
  parser.header_limit(limits_.header_bytes);
  parser.body_limit(limits_.body_bytes);
  is_reading_ = true;
  ReadEnd end = co_await read_message(parser);
  is_reading_ = false;
  stream_.expires_never();
  if (end.error && !end.fault) end.fault = fault_of(end.error);
  if (!end.error && !end.fault) {
    version_ = parser.get().version();
    keeps_alive_ = parser.get().keep_alive();
    try {
      request_ = request_of(parser.release());
    } catch (const Error& error) {
      end.fault = Fault{400, error.what()};
    }
  }
  if (end.fault) co_await refuse(*end.fault);
  if (end.fault || end.error) co_return false;
  ++counts_.requests_total;
  co_return true;
}

// The handler, cancelled where the peer leaves before it is done.
Awaitable<> Connection::answer() {
  using namespace asio::experimental::awaitable_operators;
  const auto outcome = co_await (handler_(*this) || watch_peer());
  if (outcome.index() == 1) {
    throw boost::system::system_error(asio::error::connection_reset);
  }
  if (is_chunked_) co_await send("0\r\n\r\n");
}

Awaitable<> Connection::watch_peer() {
  error_code error;
  co_await stream_.socket().async_wait(asio::ip::tcp::socket::wait_read, into(error));
  if (error || stream_.socket().available(error) == 0) co_return;
  // The next request is there already: it waits for its turn.
  asio::steady_timer never(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max());
  co_await never.async_wait(into(error));
}

std::string Connection::head_text(const Response& response, bool is_chunked,
                                  std::size_t body_bytes) const {
  std::string text = format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                            status_text(response.status), http_date());
  if (!response.content_type.empty()) text += format("Content-Type: {}\r\n", response.content_type);
  for (const Header& header : response.headers) {
    text += format("{}: {}\r\n", header.name, header.value);
  }
  if (is_chunked) {
    text += "Transfer-Encoding: chunked\r\n";
  } else if (body_bytes != SIZE_MAX) {
    text += format("Content-Length: {}\r\n", body_bytes);
  }
  if (!keeps_alive_) {
    text += "Connection: close\r\n";
  } else if (version_ == 10) {
    text += "Connection: keep-alive\r\n";
  }
  return text + "\r\n";
}

Awaitable<> Connection::send(std::string bytes) {
  stream_.expires_after(limits_.write_stall);
  co_await asio::async_write(stream_, asio::buffer(bytes), asio::use_awaitable);
  stream_.expires_never();
}

Awaitable<> Connection::reply(Response response) {
  has_begun_ = true;
  if (is_draining_) keeps_alive_ = false;
  const bool has_no_body = response.status == 204 || response.status == 304;
  std::string bytes = head_text(response, false, has_no_body ? SIZE_MAX : response.body.size());
  if (request_.method != "HEAD" && !has_no_body) bytes += response.body;
  co_await send(std::move(bytes));
}

Awaitable<> Connection::begin(Response head) {
  has_begun_ = true;
  // Before HTTP/1.1 the end of a body that comes piece by piece is the end of the connection.
  if (is_draining_ || version_ == 10) keeps_alive_ = false;
  is_chunked_ = version_ == 11;
  co_await send(head_text(head, is_chunked_, SIZE_MAX));
}

Awaitable<> Connection::write(std::string_view piece) {
  if (piece.empty()) co_return;  // a chunk of no bytes would be the last
  std::string bytes;
  if (is_chunked_) {
    static constexpr char kDigits[] = "0123456789abcdef";
    for (std::size_t size = piece.size(); size > 0; size /= 16) bytes += kDigits[size % 16];
    std::ranges::reverse(bytes);
    bytes += "\r\n";
  }
  bytes += piece;
  if (is_chunked_) bytes += "\r\n";
  co_await send(std::move(bytes));
}

Awaitable<> Connection::refuse(const Fault& fault) {
  ++counts_.refused_total;
  keeps_alive_ = false;
  Response response;
  response.status = fault.status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = fault.reason + "\n";
  co_await reply(std::move(response));
  // What the peer still sends is read and dropped for a moment: closing at once would reset the
  // connection before the peer has read why.
  error_code error;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  stream_.expires_after(std::chrono::milliseconds(500));
  char dropped[4096];
  for (std::size_t total = 0; !error && total < (std::size_t{1} << 20);) {
    total += co_await stream_.async_read_some(asio::buffer(dropped), into(error));
  }
}

}  // namespace bantam::serve::http
