#include "text/replies/tool.h"

#include <algorithm>
#include <cstddef>
#include <set>

#include "base/error.h"
#include "base/format.h"

namespace bantam::replies {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kToolsMax = 512;
constexpr std::size_t kNameBytesMax = 128;

[[noreturn]] void fail(const std::string& place, std::string_view found, std::string_view wanted) {
  throw Error(ErrorCode::BadInput, format("{}: found {}, expected {}", place, found, wanted));
}

bool is_name(std::string_view name) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:";
  return !name.empty() && name.size() <= kNameBytesMax &&
         name.find_first_not_of(kLetters) == name.npos;
}

std::string read_name(const Json& function, const std::string& place) {
  const auto name = function.find("name");
  if (name == function.end()) fail(place + ".name", "nothing", "the function's name");
  if (!name->is_string()) fail(place + ".name", name->type_name(), "a string");
  const std::string& text = name->get_ref<const std::string&>();
  if (!is_name(text)) {
    fail(place + ".name", bantam::quoted(text.substr(0, kNameBytesMax)),
         format("1 to {} letters, digits, '_', '-', '.' or ':'", kNameBytesMax));
  }
  return text;
}

Json read_parameters(const Json& function, const std::string& place) {
  const auto parameters = function.find("parameters");
  if (parameters == function.end() || parameters->is_null() ||
      (parameters->is_object() && parameters->empty())) {
    return {{"type", "object"}, {"properties", Json::object()}, {"additionalProperties", false}};
  }
  if (!parameters->is_object()) {
    fail(place + ".parameters", parameters->type_name(), "a JSON Schema, an object");
  }
  return *parameters;
}

Tool read_tool(const Json& tool, std::string place) {
  if (!tool.is_object()) fail(place, tool.type_name(), "an object");
  if (const auto type = tool.find("type"); type != tool.end() && *type != "function") {
    fail(place + ".type",
         type->is_string() ? bantam::quoted(type->get<std::string>()) : type->type_name(),
         "\"function\"");
  }
  const Json* function = &tool;
  if (const auto inner = tool.find("function"); inner != tool.end()) {
    place += ".function";
    if (!inner->is_object()) fail(place, inner->type_name(), "an object");
    function = &*inner;
  }
  return {.name = read_name(*function, place), .parameters = read_parameters(*function, place)};
}

}  // namespace

std::vector<Tool> read_tools(const Json& tools) {
  if (tools.is_null()) return {};
  if (!tools.is_array()) fail("tools", tools.type_name(), "a list");
  if (tools.size() > kToolsMax) {
    fail("tools", format("{} tools", tools.size()), format("at most {}", kToolsMax));
  }
  std::vector<Tool> read;
  std::set<std::string> names;
  for (std::size_t i = 0; i < tools.size(); ++i) {
    const std::string place = format("tools[{}]", i);
    read.push_back(read_tool(tools[i], place));
    if (!names.insert(read.back().name).second) {
      fail(place, bantam::quoted(read.back().name) + " again", "a name that no other tool has");
    }
  }
  return read;
}

const Tool* find_tool(std::span<const Tool> tools, std::string_view name) {
  const auto found =
      std::find_if(tools.begin(), tools.end(), [&](const Tool& tool) { return tool.name == name; });
  return found == tools.end() ? nullptr : &*found;
}

}  // namespace bantam::replies
