// Which pages of a browser may use the server, against DNS rebinding and forged cross-site
// requests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "serve/http/message.h"

namespace bantam::serve {

struct OriginPolicy {
  std::vector<std::string> hosts;    // names of this server besides those of the loopback
  std::vector<std::string> origins;  // "https://chat.example", besides pages of the loopback
};

// The host of a Host header or an origin's authority: without port and brackets, in lower case.
std::string host_of(std::string_view authority);

bool is_loopback_name(std::string_view host);

// Why the request is refused, or "". A browser's request names its page in Origin; one without is
// from a program, or from a page of this server.
std::string origin_fault(const http::Request& request, const OriginPolicy& policy);

}  // namespace bantam::serve
