// Requests to one registry, over libcurl.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace bantam::store {

enum class Transport {
  Https,
  HttpsUnverified,  // any certificate will do
  Http,
};

struct HttpOptions {
  Transport transport = Transport::Https;
  double stall_seconds = 30;  // with less than 1000 bytes a second: the connection counts as broken
  int retries = 5;            // of one request after faults that may pass
  double retry_seconds = 0.5;  // before the first retry; doubled for each, at most 8
};

// What an answer said before its body.
struct HttpHead {
  int status = 0;
  std::optional<std::uint64_t> length;  // Content-Length
  std::string content_type, content_encoding, content_range, challenge;
  double retry_after_seconds = 0;
};

// Says where requests may go. The first connection is the registry's (or the proxy's); where that
// has a public address, redirects may not lead to private ones, and none may lead to link-local
// ones, where machines of clouds find their credentials. One thread.
struct AddressRule {
  std::optional<bool> registry_is_private;
  std::string refused;  // the last address that was
};

// One request and its answer. The body goes to `sink` as it arrives; false ends the transfer. After
// redirects the head is that of the last answer. One thread; does not move.
class HttpTransfer {
 public:
  using Sink = std::function<bool(const HttpHead& head, std::span<const std::byte> bytes)>;

  struct Request {
    std::string url;
    std::vector<std::string> headers;
    std::string token;  // sent to the host of `url` alone, not to where it redirects
    std::string range;  // "0-99"; empty: everything
  };

  HttpTransfer(Request request, const HttpOptions& options, AddressRule& rule, Sink sink);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  const HttpHead& head() const { return head_; }
  void* handle() const { return handle_; }  // CURL*, for a multi handle
  // What a code of libcurl's means, for people.
  std::string describe(int curl_code) const;

 private:
  friend struct HttpCallbacks;

  Request request_;
  AddressRule& rule_;
  Sink sink_;
  HttpHead head_;
  void* handle_ = nullptr;
  void* headers_ = nullptr;
  std::vector<char> reason_;
};

// Several transfers at a time on this thread. At most one a process is alive in a thread.
class HttpLoop {
 public:
  HttpLoop();
  ~HttpLoop();
  HttpLoop(const HttpLoop&) = delete;
  HttpLoop& operator=(const HttpLoop&) = delete;

  void start(HttpTransfer& transfer);
  void cancel(HttpTransfer& transfer);
  // Waits at most so long, and calls `ended` for each transfer that came to its end, with libcurl's
  // code, 0 if none was wrong. It has left the loop then.
  void step(double seconds, const std::function<void(HttpTransfer&, int curl_code)>& ended);

 private:
  void* handle_ = nullptr;
  std::vector<HttpTransfer*> running_;
};

struct HttpAnswer {
  HttpHead head;
  std::string body;
};

// A small document. Throws Io for faults of the network and for more than `bytes_max`, Cancelled;
// an answer of any status is one.
HttpAnswer http_get(const HttpTransfer::Request& request, const HttpOptions& options,
                    AddressRule& rule, std::uint64_t bytes_max, const std::stop_token& stop,
                    const std::function<void()>& tick);

// Scheme, host and port, in lower case and with the port stated; nothing for what is no such
// address.
std::optional<std::string> origin_of(const std::string& url);
// For a query: letters, digits and -._~ stay.
std::string percent_encoded(std::string_view text);
// Whether a status may be another one the next time.
bool may_pass(int status);

}  // namespace bantam::store
