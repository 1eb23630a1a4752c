#include "text/jinja/json_values.h"

#include <nlohmann/json.hpp>

#include "base/format.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

using Json = nlohmann::ordered_json;

Value text_value(Runtime& runtime, const std::string& bytes, Origin origin) {
  return is_valid_utf8(bytes) ? runtime.make_text(bytes, origin)
                              : runtime.make_text(valid_utf8(bytes), origin);
}

Value convert(Runtime& runtime, const Json& json, Origin origin, int level) {
  if (level > runtime.limits().values) {
    runtime.fail(Fault::Limit, format("JSON of more than {} levels", runtime.limits().values));
  }
  switch (json.type()) {
    case Json::value_t::boolean:
      return Value::of(json.get<bool>());
    case Json::value_t::number_integer:
      return Value::of(static_cast<Integer>(json.get<std::int64_t>()));
    case Json::value_t::number_unsigned:
      return Value::of(static_cast<Integer>(json.get<std::uint64_t>()));
    case Json::value_t::number_float:
      return Value::of(json.get<double>());
    case Json::value_t::string:
      return text_value(runtime, json.get_ref<const std::string&>(), origin);
    case Json::value_t::array: {
      std::vector<Value> items;
      items.reserve(json.size());
      for (const Json& item : json) items.push_back(convert(runtime, item, origin, level + 1));
      return Value(runtime.make_list(std::move(items)));
    }
    case Json::value_t::object: {
      auto* dict = runtime.make<DictObject>();
      for (const auto& [key, value] : json.items()) {
        dict->set(runtime, text_value(runtime, key, origin),
                  convert(runtime, value, origin, level + 1));
      }
      return Value(dict);
    }
    default:
      return {};
  }
}

}  // namespace

Value from_json(Runtime& runtime, const Json& json, Origin origin) {
  return convert(runtime, json, origin, 0);
}

std::size_t json_size(const Json& json, int levels) {
  std::size_t size = 16;
  if (json.is_string()) return size + json.get_ref<const std::string&>().size();
  if (levels <= 0 || !json.is_structured()) return size;
  for (const auto& [key, value] : json.items()) size += key.size() + json_size(value, levels - 1);
  return size;
}

}  // namespace bantam::jinja
