// What a model is made of, as the store and registries write it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "store/digest.h"

namespace bantam::store {

// Media types of layers, after "application/vnd.ollama.image.".
namespace layer {
inline constexpr std::string_view kModel = "model";  // GGUF
inline constexpr std::string_view kAdapter = "adapter";
inline constexpr std::string_view kProjector = "projector";
inline constexpr std::string_view kTemplate = "template";  // Go
inline constexpr std::string_view kPrompt = "prompt";      // what old models call it
inline constexpr std::string_view kSystem = "system";
inline constexpr std::string_view kParameters = "params";  // JSON
inline constexpr std::string_view kMessages = "messages";  // JSON
inline constexpr std::string_view kLicense = "license";
}  // namespace layer

struct Layer {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;  // bytes
  std::string from = {};   // for people: what it was made of

  // "model" of "application/vnd.ollama.image.model"; of a foreign type all of it.
  std::string_view kind() const;
};

// A Docker image manifest, version 2, schema 2. A value; any thread.
struct Manifest {
  Layer config;
  std::vector<Layer> layers;

  std::uint64_t size() const;                      // bytes of all layers and the config
  std::vector<Layer> blobs() const;                // layers and config, each digest once
  const Layer* find(std::string_view kind) const;  // the last of that kind, or nullptr
};

inline constexpr std::uint64_t kManifestBytesMax = std::uint64_t{8} << 20;
inline constexpr std::size_t kLayersMax = 16'384;                        // of one model
inline constexpr std::uint64_t kLayerBytesMax = std::uint64_t{4} << 40;  // largest seen: 0.7 TB
inline constexpr std::uint64_t kTextLayerBytesMax = std::uint64_t{16} << 20;  // templates, licenses

Layer make_layer(std::string_view kind, const Digest& digest, std::uint64_t size);

// `where` names the file or address in errors. Throws BadFile for anything that is no such
// manifest, Unsupported for a list of manifests.
Manifest parse_manifest(std::string_view json, std::string_view where);
std::string manifest_text(const Manifest& manifest);

// What the config of a manifest says about the model.
struct ModelConfig {
  std::string model_format;  // "gguf"
  std::string model_family;  // "llama"
  std::vector<std::string> model_families;
  std::string model_type;  // parameters: "3.2B"
  std::string file_type;   // "Q4_K_M"
  std::string renderer, parser;
  std::string requires_version;
};

// Unknown keys are passed over. Throws BadFile.
ModelConfig parse_config(std::string_view json, std::string_view where);
// `layers` become rootfs.diff_ids.
std::string config_text(const ModelConfig& config, const std::vector<Layer>& layers);

// A value of a model's parameters: options of /api/generate and PARAMETER of Modelfiles.
using ParameterValue =
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;
using Parameters = std::vector<std::pair<std::string, ParameterValue>>;

Parameters parse_parameters(std::string_view json, std::string_view where);
std::string parameters_json(const Parameters& parameters);

struct StoredMessage {
  std::string role, content;
};
std::vector<StoredMessage> parse_messages(std::string_view json, std::string_view where);
std::string messages_json(const std::vector<StoredMessage>& messages);

}  // namespace bantam::store
