// What Go's functions html, js and urlquery make of a text. Sources:
// https://pkg.go.dev/text/template (HTMLEscapeString, JSEscapeString) and
// https://pkg.go.dev/net/url (QueryEscape).
#pragma once

#include <string>
#include <string_view>

namespace bantam::gotemplate {

std::string escaped_for_html(std::string_view text);
std::string escaped_for_javascript(std::string_view text);
std::string escaped_for_query(std::string_view text);

}  // namespace bantam::gotemplate
