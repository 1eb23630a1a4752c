#include "store/registry/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>

#include "base/check.h"
#include "base/error.h"
#include "base/format.h"

namespace bantam::store {
namespace {

constexpr long kRedirectsMax = 10;
constexpr long kBytesPerSecondMin = 1000;

void set_up_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw Error(ErrorCode::Io, "libcurl: cannot be initialised");
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

template <typename T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

enum class Reach { Public, Private, LinkLocal };

Reach reach_of_v4(std::uint32_t address) {
  const auto in = [address](std::uint32_t network, int bits) {
    return address >> (32 - bits) == network >> (32 - bits);
  };
  if (in(0xA9FE0000, 16)) return Reach::LinkLocal;
  const bool is_private = in(0x7F000000, 8) || in(0x0A000000, 8) || in(0xAC100000, 12) ||
                          in(0xC0A80000, 16) || in(0x64400000, 10) || in(0x00000000, 8);
  return is_private ? Reach::Private : Reach::Public;
}

Reach reach_of(const ::sockaddr& address) {
  if (address.sa_family == AF_INET) {
    ::sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return reach_of_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return Reach::Private;
  ::sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  const unsigned char* bytes = v6.sin6_addr.s6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    return reach_of_v4(static_cast<std::uint32_t>(bytes[12]) << 24 | bytes[13] << 16 |
                       bytes[14] << 8 | bytes[15]);
  }
  if (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80) return Reach::LinkLocal;
  const bool is_private = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) ||
                          IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr) || (bytes[0] & 0xFE) == 0xFC;
  return is_private ? Reach::Private : Reach::Public;
}

std::string address_text(const ::sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  ::sockaddr_storage copy{};
  const bool is_v4 = address.sa_family == AF_INET;
  std::memcpy(&copy, &address, is_v4 ? sizeof(::sockaddr_in) : sizeof(::sockaddr_in6));
  const void* bytes =
      is_v4 ? static_cast<const void*>(&reinterpret_cast<::sockaddr_in*>(&copy)->sin_addr)
            : static_cast<const void*>(&reinterpret_cast<::sockaddr_in6*>(&copy)->sin6_addr);
  return ::inet_ntop(address.sa_family, bytes, text, sizeof text) != nullptr ? text : "unknown";
}

void check(CURLcode code) { BANTAM_CHECK(code == CURLE_OK, "libcurl knows the option"); }

}  // namespace

// Called by libcurl: nothing may be thrown through it.
struct HttpCallbacks {
  static std::size_t header(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    try {
      read_header(transfer.head_, std::string_view(data, size * count));
    } catch (...) {
      return 0;
    }
    return size * count;
  }

  static std::size_t body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    try {
      const bool wants_more =
          transfer.sink_(transfer.head_, std::as_bytes(std::span(data, size * count)));
      return wants_more ? size * count : 0;
    } catch (...) {
      return 0;
    }
  }

  static curl_socket_t open(void* self, curlsocktype, curl_sockaddr* address) noexcept {
    auto& rule = static_cast<HttpTransfer*>(self)->rule_;
    const Reach reach = reach_of(address->addr);
    if (!rule.registry_is_private) rule.registry_is_private = reach == Reach::Private;
    if (reach == Reach::LinkLocal || (reach == Reach::Private && !*rule.registry_is_private)) {
      try {
        rule.refused = address_text(address->addr);
      } catch (...) {  // it is refused all the same
      }
      return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }

 private:
  static void read_header(HttpHead& head, std::string_view line) {
    if (line.starts_with("HTTP/")) {  // of each answer on the way
      head = {};
      const std::size_t space = line.find(' ');
      if (space != line.npos) head.status = number<int>(line.substr(space + 1, 3)).value_or(0);
      return;
    }
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return;
    const std::string name = lower(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (name == "content-length") head.length = number<std::uint64_t>(value);
    if (name == "content-type") head.content_type = value;
    if (name == "content-encoding") head.content_encoding = value;
    if (name == "content-range") head.content_range = value;
    if (name == "www-authenticate" && lower(value).starts_with("bearer ")) head.challenge = value;
    if (name == "retry-after") head.retry_after_seconds = number<int>(value).value_or(0);
  }
};

HttpTransfer::HttpTransfer(Request request, const HttpOptions& options, AddressRule& rule,
                           Sink sink)
    : request_(std::move(request)),
      rule_(rule),
      sink_(std::move(sink)),
      reason_(CURL_ERROR_SIZE, '\0') {
  set_up_curl();
  CURL* curl = curl_easy_init();
  if (curl == nullptr) throw std::bad_alloc();
  handle_ = curl;
  const bool is_http = options.transport == Transport::Http;
  const auto seconds = static_cast<long>(std::max(1.0, options.stall_seconds));
  check(curl_easy_setopt(curl, CURLOPT_URL, request_.url.c_str()));
  check(curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, is_http ? "http,https" : "https"));
  check(curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, is_http ? "http,https" : "https"));
  check(curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L));
  check(curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kRedirectsMax));
  check(curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L));
  check(curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, seconds));
  check(curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kBytesPerSecondMin));
  check(curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, seconds));
  check(curl_easy_setopt(curl, CURLOPT_USERAGENT, "bantam"));
  check(curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason_.data()));
  check(curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &HttpCallbacks::header));
  check(curl_easy_setopt(curl, CURLOPT_HEADERDATA, this));
  check(curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &HttpCallbacks::body));
  check(curl_easy_setopt(curl, CURLOPT_WRITEDATA, this));
  check(curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &HttpCallbacks::open));
  check(curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, this));
  check(curl_easy_setopt(curl, CURLOPT_PRIVATE, this));
  // One connection a part: parts that share one would not be faster than a single one.
  check(curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1}));
  if (options.transport == Transport::HttpsUnverified) {
    check(curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L));
    check(curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L));
  }
  if (!request_.range.empty()) {
    check(curl_easy_setopt(curl, CURLOPT_RANGE, request_.range.c_str()));
  }
  if (!request_.token.empty()) {
    check(curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER));
    check(curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, request_.token.c_str()));
  }
  curl_slist* list = nullptr;
  for (const std::string& text : request_.headers) list = curl_slist_append(list, text.c_str());
  headers_ = list;
  check(curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list));
}

HttpTransfer::~HttpTransfer() {
  curl_easy_cleanup(handle_);
  curl_slist_free_all(static_cast<curl_slist*>(headers_));
}

std::string HttpTransfer::describe(int curl_code) const {
  const auto code = static_cast<CURLcode>(curl_code);
  if (!rule_.refused.empty() && code == CURLE_COULDNT_CONNECT) {
    return format("a redirect to the private address {} was refused", rule_.refused);
  }
  if (code == CURLE_OPERATION_TIMEDOUT) return "the connection stalled";
  return reason_[0] != '\0' ? std::string(reason_.data()) : curl_easy_strerror(code);
}

HttpLoop::HttpLoop() {
  set_up_curl();
  handle_ = curl_multi_init();
  if (handle_ == nullptr) throw std::bad_alloc();
}

HttpLoop::~HttpLoop() {
  for (HttpTransfer* transfer : running_) curl_multi_remove_handle(handle_, transfer->handle());
  curl_multi_cleanup(handle_);
}

void HttpLoop::start(HttpTransfer& transfer) {
  BANTAM_CHECK(curl_multi_add_handle(handle_, transfer.handle()) == CURLM_OK,
               "a transfer starts once");
  running_.push_back(&transfer);
}

void HttpLoop::cancel(HttpTransfer& transfer) {
  if (std::erase(running_, &transfer) > 0) curl_multi_remove_handle(handle_, transfer.handle());
}

void HttpLoop::step(double seconds, const std::function<void(HttpTransfer&, int)>& ended) {
  int count = 0;
  if (curl_multi_perform(handle_, &count) != CURLM_OK) {
    throw Error(ErrorCode::Io, "libcurl: a transfer cannot go on");
  }
  std::vector<std::pair<HttpTransfer*, int>> done;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(handle_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    char* found = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &found);
    done.emplace_back(reinterpret_cast<HttpTransfer*>(found),
                      static_cast<int>(message->data.result));
  }
  for (const auto& [transfer, code] : done) {
    cancel(*transfer);
    ended(*transfer, code);
  }
  if (done.empty()) {
    curl_multi_poll(handle_, nullptr, 0, static_cast<int>(seconds * 1000), nullptr);
  }
}

HttpAnswer http_get(const HttpTransfer::Request& request, const HttpOptions& options,
                    AddressRule& rule, std::uint64_t bytes_max, const std::stop_token& stop,
                    const std::function<void()>& tick) {
  HttpAnswer answer;
  bool is_too_long = false;
  HttpTransfer transfer(
      request, options, rule, [&](const HttpHead&, std::span<const std::byte> bytes) {
        is_too_long = answer.body.size() + bytes.size() > bytes_max;
        if (is_too_long) return false;
        answer.body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return true;
      });
  HttpLoop loop;
  loop.start(transfer);
  std::optional<int> code;
  while (!code) {
    if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "cancelled");
    loop.step(0.2, [&](HttpTransfer&, int result) { code = result; });
    tick();
  }
  if (is_too_long) {
    throw Error(ErrorCode::BadFile,
                format("{}: the answer is longer than {}", request.url, human_bytes(bytes_max)));
  }
  if (*code != 0) {
    throw Error(ErrorCode::Io, format("{}: {}", request.url, transfer.describe(*code)));
  }
  answer.head = transfer.head();
  return answer;
}

std::optional<std::string> origin_of(const std::string& url) {
  struct Free {
    void operator()(CURLU* handle) const { curl_url_cleanup(handle); }
  };
  const std::unique_ptr<CURLU, Free> parsed(curl_url());
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return std::nullopt;
  }
  std::string origin;
  for (const CURLUPart part : {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT}) {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) {
      return std::nullopt;
    }
    origin += (origin.empty() ? "" : " ") + lower(text);
    curl_free(text);
  }
  char* user = nullptr;
  if (curl_url_get(parsed.get(), CURLUPART_USER, &user, 0) == CURLUE_OK) {
    curl_free(user);
    return std::nullopt;
  }
  return origin;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool stays = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (stays) {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

bool may_pass(int status) {
  return status == 408 || status == 425 || status == 429 || status >= 500;
}

}  // namespace bantam::store
