#include "text/grammar/object_shape.h"

#include <map>
#include <string_view>

namespace bantam::grammar {
namespace {

class ShapeReader {
 public:
  explicit ShapeReader(const SchemaDocument& document) : document_(document) {}

  ObjectShape read(const SchemaParts& parts) {
    for (const SchemaPart& part : parts) {
      const JsonValue* properties = part.schema->find("properties");
      if (properties == nullptr) continue;
      if (!properties->is_object()) {
        document_.fail(*part.schema, "properties: expected an object of schemas");
      }
      for (const std::string& name : properties->keys) property(name);
    }
    for (const SchemaPart& part : parts) {
      const JsonValue* required = part.schema->find("required");
      if (required == nullptr) continue;
      if (!required->is_array()) document_.fail(*part.schema, "required: expected a list of names");
      for (const JsonValue& name : required->items) {
        if (!name.is_string()) document_.fail(*part.schema, "required: expected a list of names");
        property(name.text).is_required = true;
      }
    }
    for (const SchemaPart& part : parts) read_values(*part.schema);
    return std::move(shape_);
  }

 private:
  // The property of that name, made where it is new.
  Property& property(const std::string& name) {
    const auto [found, is_new] = index_.try_emplace(name, shape_.properties.size());
    if (is_new) shape_.properties.push_back({.name = name, .value = {}, .is_required = false});
    return shape_.properties[found->second];
  }

  // What one part says of each property.
  void read_values(const JsonValue& schema) {
    const JsonValue* properties = schema.find("properties");
    const JsonValue* others = schema.find("additionalProperties");
    const JsonValue* patterns = schema.find("patternProperties");
    if (patterns != nullptr && !patterns->items.empty()) {
      const bool is_closed = others == nullptr || others->kind == JsonValue::Kind::False;
      if (!patterns->is_object() || patterns->items.size() != 1 || shape_.pattern != nullptr ||
          !shape_.properties.empty() || !is_closed) {
        document_.fail(schema,
                       "patternProperties is supported with one pattern, without properties "
                       "or required, and with additionalProperties false or absent");
      }
      shape_.pattern = &patterns->items[0];
      shape_.pattern_text = patterns->keys[0];
      return;
    }
    // A member of "properties" is found by its place: objects may be large.
    std::map<std::string_view, const JsonValue*> named;
    for (std::size_t i = 0; properties != nullptr && i < properties->items.size(); ++i) {
      named.emplace(properties->keys[i], &properties->items[i]);
    }
    for (Property& each : shape_.properties) {
      if (const auto own = named.find(each.name); own != named.end()) {
        each.value.add(*own->second);
      } else if (others != nullptr) {
        each.value.add(*others);
      }
    }
    if (others == nullptr) return;
    shape_.other.add(*others);
    shape_.has_other = true;
  }

  const SchemaDocument& document_;
  ObjectShape shape_;
  std::map<std::string, std::size_t> index_;
};

}  // namespace

ObjectShape shape_of(const SchemaDocument& document, const SchemaParts& parts) {
  return ShapeReader(document).read(parts);
}

}  // namespace bantam::grammar
