#include "text/grammar/string_formats.h"

#include <string>
#include <utility>
#include <vector>

namespace bantam::grammar {
namespace {

using Table = std::vector<std::pair<std::string_view, std::string>>;

// Where a format allows rare forms, such as quoted names before the @, only the usual ones come.
Table make_formats() {
  // Days that a month has, in the years 1000 to 9999 (RFC 3339, full-date).
  const std::string date =
      "([1-9][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|"
      "02-(0[1-9]|1[0-9]|2[0-8]))|"
      "([1-9][0-9](0[48]|[2468][048]|[13579][26])|([2468][048]|[13579][26])00)-02-29)";
  // Without leap seconds (RFC 3339, full-time).
  const std::string time =
      "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9]"
      ")";
  const std::string minutes = "[0-9]{1,4}M([0-9]{1,4}S)?";
  const std::string hours = "T[0-9]{1,4}(H(" + minutes + ")?|M([0-9]{1,4}S)?|S)";
  const std::string byte = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
  const std::string label = "[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?";
  const std::string hex = "[0-9a-fA-F]";
  return {
      {"date", date},
      {"time", time},
      {"date-time", date + "T" + time},
      {"duration", "P([0-9]{1,4}W|[0-9]{1,4}D(" + hours + ")?|" + hours + ")"},
      {"uuid", hex + "{8}-" + hex + "{4}-" + hex + "{4}-" + hex + "{4}-" + hex + "{12}"},
      {"email",
       "[A-Za-z0-9_+-]{1,30}(\\.[A-Za-z0-9_+-]{1,16}){0,2}@" + label + "(\\." + label + "){1,3}"},
      {"hostname", label + "(\\." + label + "){0,4}"},
      {"ipv4", byte + "\\." + byte + "\\." + byte + "\\." + byte},
      {"ipv6", "(" + hex + "{1,4}:){7}" + hex + "{1,4}"},
      {"uri", "https?://" + label + "(\\." + label +
                  "){0,4}(:[1-9][0-9]{0,3})?(/[A-Za-z0-9_.~-]{0,64}){0,16}"
                  "(\\?[A-Za-z0-9_.~=&-]{1,200})?(#[A-Za-z0-9_.~-]{1,64})?"},
  };
}

const Table& formats() {
  static const Table table = make_formats();
  return table;
}

}  // namespace

std::optional<std::string_view> expression_of_format(std::string_view format) {
  for (const auto& [name, expression] : formats()) {
    if (name == format) return expression;
  }
  return {};
}

std::string known_formats() {
  std::string names;
  for (const auto& [name, expression] : formats()) {
    if (!names.empty()) names += ", ";
    names += name;
  }
  return names;
}

}  // namespace bantam::grammar
