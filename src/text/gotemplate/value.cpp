#include "text/gotemplate/value.h"

#include <algorithm>

namespace bantam::gotemplate {

const Value* Map::find(std::string_view key) const {
  const auto is_before = [](const Entry& entry, std::string_view wanted) {
    return std::string_view(entry.first->bytes) < wanted;
  };
  const auto found = in_file_order
                         ? std::find_if(entries.begin(), entries.end(),
                                        [&](const Entry& e) { return e.first->bytes == key; })
                         : std::lower_bound(entries.begin(), entries.end(), key, is_before);
  return found == entries.end() || found->first->bytes != key ? nullptr : &found->second;
}

const Value* Record::find(std::string_view field) const {
  for (const Field& candidate : fields) {
    if (candidate.name == field) return &candidate.value;
  }
  return nullptr;
}

Value text_value(std::string bytes, Origin origin) {
  Text text;
  text.append(bytes, origin);
  return text_value(std::move(text));
}

Value text_value(Text text) { return std::make_shared<const Text>(std::move(text)); }

bool is_nil(const Value& value) {
  if (const auto* slice = std::get_if<SlicePtr>(&value)) return (*slice)->is_nil;
  if (const auto* map = std::get_if<MapPtr>(&value)) return (*map)->is_nil;
  return is_nothing(value);
}

bool is_true(const Value& value) {
  struct Truth {
    bool operator()(Nothing) const { return false; }
    bool operator()(NilInterface) const { return false; }
    bool operator()(bool is) const { return is; }
    bool operator()(std::int64_t number) const { return number != 0; }
    bool operator()(double number) const { return number != 0; }
    bool operator()(const TextPtr& text) const { return !text->bytes.empty(); }
    bool operator()(const SlicePtr& slice) const { return !slice->items.empty(); }
    bool operator()(const MapPtr& map) const { return !map->entries.empty(); }
    bool operator()(const RecordPtr&) const { return true; }
  };
  return std::visit(Truth{}, value);
}

const Text* as_text(const Value& value) {
  const auto* text = std::get_if<TextPtr>(&value);
  return text == nullptr ? nullptr : text->get();
}

std::string type_name(const Value& value) {
  struct Name {
    std::string operator()(Nothing) const { return "<nil>"; }
    std::string operator()(NilInterface) const { return "interface {}"; }
    std::string operator()(bool) const { return "bool"; }
    std::string operator()(std::int64_t) const { return "int"; }
    std::string operator()(double) const { return "float64"; }
    std::string operator()(const TextPtr&) const { return "string"; }
    std::string operator()(const SlicePtr&) const { return "[]interface {}"; }
    std::string operator()(const MapPtr&) const { return "map[string]interface {}"; }
    std::string operator()(const RecordPtr& record) const {
      return (record->is_pointer ? "*" : "") + std::string(record->type);
    }
  };
  return std::visit(Name{}, value);
}

}  // namespace bantam::gotemplate
