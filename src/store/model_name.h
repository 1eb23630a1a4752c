// Names of models as users and registries write them.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace bantam::store {

// [host/][namespace/]model[:tag], as Ollama reads it. Every part is checked when it is made, so
// that it can be a part of a path: it begins with a letter, digit or underscore, goes on with
// those, hyphens and (not in the namespace) dots, and has at most 80 bytes. A host may also have a
// port, and 255 bytes. A value; any thread.
class ModelName {
 public:
  static constexpr std::string_view kDefaultHost = "registry.ollama.ai";
  static constexpr std::string_view kDefaultNamespace = "library";
  static constexpr std::string_view kDefaultTag = "latest";

  // What is left out is the default; "http://" or "https://" in front is left out. Throws BadInput
  // that names the part.
  static ModelName parse(std::string_view text);
  static std::optional<ModelName> try_parse(std::string_view text);
  // Of the four parts, or nothing if one of them may not be used.
  static std::optional<ModelName> of_parts(std::string_view host, std::string_view name_space,
                                           std::string_view model, std::string_view tag);

  const std::string& host() const { return host_; }
  const std::string& name_space() const { return name_space_; }
  const std::string& model() const { return model_; }
  const std::string& tag() const { return tag_; }

  // As lists show it: without host and namespace where they are the defaults, always with the tag.
  std::string text() const;
  // "host/namespace/model/tag": where its manifest lies below manifests/.
  std::string path() const;

  auto operator<=>(const ModelName&) const = default;

 private:
  ModelName() = default;
  std::string host_, name_space_, model_, tag_;
};

// Whether they differ at most in the case of ASCII letters: registries do not tell such names
// apart.
bool same_ignoring_case(const ModelName& a, const ModelName& b);

// How many letters must be changed, added or left out to make b of a; for suggestions.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace bantam::store
