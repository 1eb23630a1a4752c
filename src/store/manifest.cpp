#include "store/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/format.h"
#include "base/limits.h"

namespace bantam::store {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kManifestType = "application/vnd.docker.distribution.manifest.v2+json";
constexpr std::string_view kOciManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view kConfigType = "application/vnd.docker.container.image.v1+json";
constexpr std::string_view kLayerPrefix = "application/vnd.ollama.image.";

[[noreturn]] void fail(std::string_view where, std::string_view field, std::string_view found,
                       std::string_view expected) {
  throw Error(ErrorCode::BadFile,
              format("{}: {}: found {}, expected {}", where, field, found, expected));
}

Json parse(std::string_view text, std::string_view where) {
  const auto check_depth = [&](int depth, Json::parse_event_t, const Json&) {
    if (depth > limits::kJsonDepthMax) fail(where, "JSON", "deeper nesting", "at most 64 levels");
    return true;
  };
  Json value = Json::parse(text, check_depth, false);
  if (value.is_discarded()) {
    fail(where, "JSON", quoted(text.substr(0, 40)), "a JSON document");
  }
  return value;
}

Json parse_object(std::string_view text, std::string_view where) {
  Json value = parse(text, where);
  if (!value.is_object()) fail(where, "JSON", value.type_name(), "an object");
  return value;
}

// A text that may be missing or null.
std::string text_of(const Json& object, const char* key, std::string_view where) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_string()) fail(where, key, found->type_name(), "a text");
  return found->get<std::string>();
}

Layer read_layer(const Json& object, std::string_view where, std::string_view field) {
  if (!object.is_object()) fail(where, field, object.type_name(), "an object");
  const std::string digest = text_of(object, "digest", where);
  const auto parsed = Digest::try_parse(digest);
  if (!parsed || !digest.starts_with("sha256:")) {
    fail(where, format("{}.digest", field), bantam::quoted(digest),
         "sha256: and 64 lower-case hexadecimal digits");
  }
  const auto size = object.find("size");
  if (size == object.end() || !size->is_number_integer() ||
      (!size->is_number_unsigned() && size->get<std::int64_t>() < 0) ||
      size->get<std::uint64_t>() > kLayerBytesMax) {
    fail(where, format("{}.size", field),
         size == object.end() ? std::string("nothing") : bantam::quoted(size->dump(-1, ' ', true)),
         format("a whole number from 0 to {}", kLayerBytesMax));
  }
  return {text_of(object, "mediaType", where), *parsed, size->get<std::uint64_t>(),
          text_of(object, "from", where)};
}

Json layer_json(const Layer& layer) {
  Json value = {
      {"mediaType", layer.media_type}, {"digest", layer.digest.text()}, {"size", layer.size}};
  if (!layer.from.empty()) value["from"] = layer.from;
  return value;
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string_view Layer::kind() const {
  const std::string_view type = media_type;
  return type.starts_with(kLayerPrefix) ? type.substr(kLayerPrefix.size()) : type;
}

std::uint64_t Manifest::size() const {
  std::uint64_t bytes = config.size;
  for (const Layer& layer : layers) bytes += layer.size;  // 16,384 of 4 TiB are below 2^57
  return bytes;
}

std::vector<Layer> Manifest::blobs() const {
  std::vector<Layer> all = layers;
  all.push_back(config);
  std::vector<Layer> once;
  for (const Layer& layer : all) {
    const bool known = std::any_of(
        once.begin(), once.end(), [&](const Layer& other) { return other.digest == layer.digest; });
    if (!known) once.push_back(layer);
  }
  return once;
}

const Layer* Manifest::find(std::string_view kind) const {
  const Layer* found = nullptr;
  for (const Layer& layer : layers) {
    if (layer.kind() == kind) found = &layer;
  }
  return found;
}

Layer make_layer(std::string_view kind, const Digest& digest, std::uint64_t size) {
  return {format("{}{}", kLayerPrefix, kind), digest, size};
}

Manifest parse_manifest(std::string_view json, std::string_view where) {
  const Json value = parse_object(json, where);
  const std::string type = text_of(value, "mediaType", where);
  if (value.contains("manifests")) {
    throw Error(ErrorCode::Unsupported,
                format("{}: found a list of manifests for several platforms, expected the manifest "
                       "of one model",
                       where));
  }
  const auto version = value.find("schemaVersion");
  if (version == value.end() || *version != 2) {
    fail(where, "schemaVersion",
         version == value.end() ? std::string("nothing")
                                : bantam::quoted(version->dump(-1, ' ', true)),
         "2");
  }
  if (!type.empty() && type != kManifestType && type != kOciManifestType) {
    fail(where, "mediaType", bantam::quoted(type), kManifestType);
  }
  const auto config = value.find("config");
  const auto layers = value.find("layers");
  if (config == value.end()) fail(where, "config", "nothing", "an object");
  if (layers == value.end() || !layers->is_array() || layers->size() > kLayersMax) {
    fail(where, "layers", layers == value.end() ? "nothing" : layers->type_name(),
         format("a list of at most {}", kLayersMax));
  }
  Manifest manifest{.config = read_layer(*config, where, "config"), .layers = {}};
  for (const Json& layer : *layers) {
    manifest.layers.push_back(
        read_layer(layer, where, format("layers[{}]", manifest.layers.size())));
  }
  return manifest;
}

std::string manifest_text(const Manifest& manifest) {
  Layer config = manifest.config;
  config.media_type = kConfigType;
  Json layers = Json::array();
  for (const Layer& layer : manifest.layers) layers.push_back(layer_json(layer));
  return dump(Json{{"schemaVersion", 2},
                   {"mediaType", kManifestType},
                   {"config", layer_json(config)},
                   {"layers", std::move(layers)}});
}

ModelConfig parse_config(std::string_view json, std::string_view where) {
  const Json value = parse_object(json, where);
  ModelConfig config{.model_format = text_of(value, "model_format", where),
                     .model_family = text_of(value, "model_family", where),
                     .model_families = {},
                     .model_type = text_of(value, "model_type", where),
                     .file_type = text_of(value, "file_type", where),
                     .renderer = text_of(value, "renderer", where),
                     .parser = text_of(value, "parser", where),
                     .requires_version = text_of(value, "requires", where)};
  const auto families = value.find("model_families");
  if (families != value.end() && families->is_array()) {
    for (const Json& family : *families) {
      if (family.is_string()) config.model_families.push_back(family.get<std::string>());
    }
  }
  return config;
}

std::string config_text(const ModelConfig& config, const std::vector<Layer>& layers) {
  Json value = {{"model_format", config.model_format},
                {"model_family", config.model_family},
                {"model_families", config.model_families},
                {"model_type", config.model_type},
                {"file_type", config.file_type}};
  const auto add = [&](const char* key, const std::string& text) {
    if (!text.empty()) value[key] = text;
  };
  add("renderer", config.renderer);
  add("parser", config.parser);
  add("requires", config.requires_version);
  Json ids = Json::array();
  for (const Layer& layer : layers) ids.push_back(layer.digest.text());
  value["architecture"] = "amd64";  // Docker's field, which Ollama always fills in thus
  value["os"] = "linux";
  value["rootfs"] = {{"type", "layers"}, {"diff_ids", std::move(ids)}};
  return dump(value);
}

Parameters parse_parameters(std::string_view json, std::string_view where) {
  Parameters parameters;
  const Json object = parse_object(json, where);
  for (const auto& [key, value] : object.items()) {
    if (value.is_boolean()) {
      parameters.emplace_back(key, value.get<bool>());
    } else if (value.is_number_integer()) {
      parameters.emplace_back(key, value.get<std::int64_t>());
    } else if (value.is_number()) {
      parameters.emplace_back(key, value.get<double>());
    } else if (value.is_string()) {
      parameters.emplace_back(key, value.get<std::string>());
    } else if (value.is_array() && std::all_of(value.begin(), value.end(),
                                               [](const Json& item) { return item.is_string(); })) {
      parameters.emplace_back(key, value.get<std::vector<std::string>>());
    } else if (!value.is_null()) {
      fail(where, bantam::quoted(key), value.type_name(),
           "a number, a text, a list of texts, true or false");
    }
  }
  return parameters;
}

std::string parameters_json(const Parameters& parameters) {
  Json value = Json::object();
  for (const auto& [key, item] : parameters) {
    std::visit([&](const auto& content) { value[key] = content; }, item);
  }
  return dump(value);
}

std::vector<StoredMessage> parse_messages(std::string_view json, std::string_view where) {
  const Json value = parse(json, where);
  if (!value.is_array()) fail(where, "JSON", value.type_name(), "a list");
  std::vector<StoredMessage> messages;
  for (const Json& message : value) {
    if (!message.is_object()) fail(where, "message", message.type_name(), "an object");
    messages.push_back({text_of(message, "role", where), text_of(message, "content", where)});
  }
  return messages;
}

std::string messages_json(const std::vector<StoredMessage>& messages) {
  Json value = Json::array();
  for (const StoredMessage& message : messages) {
    value.push_back({{"role", message.role}, {"content", message.content}});
  }
  return dump(value);
}

}  // namespace bantam::store
