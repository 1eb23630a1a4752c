// A request and a reply of HTTP/1.1 as the rest of the server sees them: plain data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bantam::serve::http {

struct Header {
  std::string name;  // as it was sent; names are compared without case
  std::string value;
};

struct Request {
  std::string method;
  std::string path;   // percent-decoded; begins with '/'
  std::string query;  // what follows '?', as it was sent
  std::vector<Header> headers;
  std::string body;

  // The value of the first header of this name, or nothing.
  std::string_view header(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<Header> headers = {};  // besides Content-Type, Content-Length, Date and Connection
};

// The reason phrase of RFC 9110 for a status, or "".
std::string_view status_text(int status);

// A header name or token, compared without case (ASCII).
bool equals_ignoring_case(std::string_view a, std::string_view b);

// Decodes %XX. Throws Error{BadInput} for a broken escape, a control character or invalid UTF-8.
std::string percent_decoded(std::string_view text);

}  // namespace bantam::serve::http
