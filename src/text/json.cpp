#include "text/json.h"

#include "base/error.h"
#include "base/format.h"
#include "base/limits.h"

namespace bantam {

Json parse_json(std::string_view text, std::string_view where) {
  constexpr auto kDepthMax = static_cast<int>(limits::kJsonDepthMax);
  // The parser itself does not recurse, but everything done with a deep value would.
  const auto check_depth = [&](int depth, Json::parse_event_t, const Json&) {
    if (depth <= kDepthMax) return true;
    throw Error(ErrorCode::BadInput, format("{}: JSON is nested deeper than {}", where, kDepthMax));
  };
  Json value = Json::parse(text, check_depth, false);
  if (value.is_discarded()) throw Error(ErrorCode::BadInput, format("{}: not JSON", where));
  return value;
}

std::string json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace bantam
