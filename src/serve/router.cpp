#include "serve/router.h"

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <new>
#include <utility>

#include "base/format.h"
#include "serve/fields.h"
#include "text/json.h"

namespace bantam::serve {
namespace {

struct ErrorText {
  int status = 500;
  std::string message;
  std::string type = "server_error";
  Json code = nullptr;
  Json param = nullptr;
  int retry_after_seconds = 0;
};

ErrorText describe(const Error& error) {
  const std::string message = error.what();
  switch (error.code()) {
    case ErrorCode::BadInput:
    case ErrorCode::Unsupported:
      return {400, message, "invalid_request_error"};
    case ErrorCode::NotFound:
      return {404, message, "not_found_error", "model_not_found"};
    case ErrorCode::ContextFull:
      return {400, message, "invalid_request_error", "context_length_exceeded"};
    case ErrorCode::OutOfMemory:
    case ErrorCode::Cancelled:
      return {503, message, "unavailable_error"};
    case ErrorCode::BadFile:
    case ErrorCode::Io:
      return {500, message, "server_error"};
  }
  return {500, message};
}

ErrorText describe(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Overloaded& overloaded) {
    ErrorText text = describe(static_cast<const Error&>(overloaded));
    text.retry_after_seconds = overloaded.retry_after_seconds();
    return text;
  } catch (const FieldError& fault) {
    ErrorText text = describe(static_cast<const Error&>(fault));
    text.param = fault.field();
    return text;
  } catch (const Error& known) {
    return describe(known);
  } catch (const std::bad_alloc&) {
    return {503, "out of memory", "unavailable_error"};
  } catch (const std::exception& other) {
    return {500, other.what()};
  }
}

Json error_json(const ErrorText& error, Dialect dialect) {
  if (dialect == Dialect::Ollama) return {{"error", error.message}};
  return {{"error",
           {{"message", error.message},
            {"type", error.type},
            {"param", error.param},
            {"code", error.code}}}};
}

http::Response response_of(const ErrorText& error, Dialect dialect) {
  http::Response response;
  response.status = error.status;
  response.body = json_text(error_json(error, dialect));
  if (error.retry_after_seconds > 0) {
    response.headers.push_back({"Retry-After", to_text(error.retry_after_seconds)});
  }
  return response;
}

Dialect dialect_of(std::string_view path) {
  return path == "/" || path.starts_with("/api/") ? Dialect::Ollama : Dialect::OpenAi;
}

bool matches(const Route& route, std::string_view path) {
  if (route.path.size() > 1 && route.path.ends_with('/')) {
    return path.starts_with(route.path) && path.size() > route.path.size();
  }
  return route.path == path;
}

bool accepts(const Route& route, std::string_view method) {
  return route.method == method || (method == "HEAD" && route.method == "GET");
}

// The methods of a path: "GET, HEAD, POST"; "" for one that there is not.
std::string allowed_methods(std::span<const Route> routes, std::string_view path) {
  std::string methods;
  for (const Route& route : routes) {
    if (!matches(route, path)) continue;
    methods += methods.empty() ? "" : ", ";
    methods += route.method == "GET" ? "GET, HEAD" : std::string(route.method);
  }
  return methods;
}

// For OPTIONS, paths that there are not and methods that a path has not.
http::Response answer_without_route(std::span<const Route> routes, const http::Request& request) {
  const std::string methods = allowed_methods(routes, request.path);
  http::Response response;
  if (request.method == "OPTIONS" && (request.path == "*" || !methods.empty())) {
    response.status = 204;
    response.content_type = "";
    response.headers = {{"Allow", methods.empty() ? "GET, HEAD, POST" : methods + ", OPTIONS"}};
    return response;
  }
  ErrorText error{404, format("there is no {}", request.path), "not_found_error"};
  if (!methods.empty()) {
    error = {405, format("{} has {}, found {}", request.path, methods, request.method),
             "invalid_request_error"};
  }
  response = response_of(error, dialect_of(request.path));
  if (!methods.empty()) response.headers.push_back({"Allow", methods});
  return response;
}

// What a browser needs to let an allowed page read the reply.
void add_cross_origin_headers(const http::Request& request, http::Response& response) {
  const std::string origin(request.header("Origin"));
  if (origin.empty()) return;
  response.headers.push_back({"Access-Control-Allow-Origin", origin});
  response.headers.push_back({"Vary", "Origin"});
  if (request.method != "OPTIONS") return;
  response.headers.push_back({"Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE"});
  response.headers.push_back(
      {"Access-Control-Allow-Headers", "Authorization, Content-Type, X-Api-Key"});
  response.headers.push_back({"Access-Control-Max-Age", "600"});
}

// An exchange whose replies carry the headers for the page that asked.
class PageExchange final : public http::Exchange {
 public:
  explicit PageExchange(http::Exchange& inner) : inner_(inner) {}

  const http::Request& request() const override { return inner_.request(); }
  http::Awaitable<> reply(http::Response response) override {
    add_cross_origin_headers(request(), response);
    return inner_.reply(std::move(response));
  }
  http::Awaitable<> begin(http::Response head) override {
    add_cross_origin_headers(request(), head);
    return inner_.begin(std::move(head));
  }
  http::Awaitable<> write(std::string_view piece) override { return inner_.write(piece); }
  bool has_begun() const override { return inner_.has_begun(); }

 private:
  http::Exchange& inner_;
};

// Where the status has been sent already, the error is the last piece of the body.
std::string error_piece(const std::exception_ptr& error, Dialect dialect) {
  const std::string text = json_text(error_json(describe(error), dialect));
  return dialect == Dialect::Ollama ? text + "\n" : "data: " + text + "\n\n";
}

bool is_of_connection(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error&) {
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

http::Response error_response(const std::exception_ptr& error, Dialect dialect) {
  return response_of(describe(error), dialect);
}

http::Awaitable<> route(Context& context, std::span<const Route> routes, http::Exchange& inner) {
  PageExchange exchange(inner);
  const http::Request& request = exchange.request();
  const std::string fault = origin_fault(request, context.origin_policy);
  if (!fault.empty()) {
    const ErrorText error{403, fault, "permission_error"};
    co_await inner.reply(response_of(error, dialect_of(request.path)));
    co_return;
  }
  const auto found = std::ranges::find_if(routes, [&](const Route& route) {
    return matches(route, request.path) && accepts(route, request.method);
  });
  if (found == routes.end()) {
    co_await exchange.reply(answer_without_route(routes, request));
    co_return;
  }
  std::exception_ptr error;
  try {
    co_await found->handle(context, exchange);
  } catch (...) {
    error = std::current_exception();
  }
  if (!error) co_return;
  if (is_of_connection(error)) std::rethrow_exception(error);
  if (exchange.has_begun()) {
    const std::string piece = error_piece(error, found->dialect);
    co_await exchange.write(piece);
  } else {
    co_await exchange.reply(error_response(error, found->dialect));
  }
}

}  // namespace bantam::serve
