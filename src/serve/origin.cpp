#include "serve/origin.h"

#include <algorithm>

#include "base/format.h"

namespace bantam::serve {

std::string host_of(std::string_view authority) {
  std::size_t end = authority.size();
  if (authority.starts_with('[')) {
    end = std::min(authority.find(']'), end);
    authority = authority.substr(1, end - 1);
  } else {
    authority = authority.substr(0, authority.find(':'));
  }
  std::string host(authority);
  std::ranges::transform(host, host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return host;
}

bool is_loopback_name(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1" ||
         host == "::1";
}

std::string origin_fault(const http::Request& request, const OriginPolicy& policy) {
  const std::string_view authority = request.header("Host");
  const std::string host = host_of(authority);
  const bool is_known =
      is_loopback_name(host) || std::ranges::find(policy.hosts, host) != policy.hosts.end();
  if (!authority.empty() && !is_known) {
    return format("this server does not answer for the host {}; name it with --allow-host",
                  quoted(authority));
  }
  const std::string_view origin = request.header("Origin");
  if (origin.empty()) {
    const bool is_cross_site = request.header("Sec-Fetch-Site") == "cross-site";
    return is_cross_site ? "a page of another site may not use this server" : "";
  }
  if (std::ranges::find(policy.origins, origin) == policy.origins.end()) {
    std::string_view rest = origin;
    for (const std::string_view scheme : {"http://", "https://"}) {
      if (rest.starts_with(scheme)) rest.remove_prefix(scheme.size());
    }
    const bool is_page = rest.size() < origin.size();
    if (!is_page || !is_loopback_name(host_of(rest))) {
      return format("pages of {} may not use this server; allow them with --allow-origin",
                    quoted(origin));
    }
  }
  // A form of a page can send any other type without the browser asking first.
  const bool has_body =
      request.method == "POST" || request.method == "PUT" || request.method == "DELETE";
  const std::string_view type = request.header("Content-Type");
  if (has_body && !request.body.empty() && !type.starts_with("application/json") &&
      !type.starts_with("application/octet-stream")) {
    return format("a page's request needs Content-Type: application/json, found {}", quoted(type));
  }
  return "";
}

}  // namespace bantam::serve
