#include "serve/model_catalog.h"

#include <algorithm>

#include "base/error.h"
#include "base/format.h"
#include "library/built_in_model.h"

namespace bantam::serve {
namespace {

// "NAME:latest" is NAME.
std::string_view without_latest(std::string_view name) {
  constexpr std::string_view kLatest = ":latest";
  return name.ends_with(kLatest) ? name.substr(0, name.size() - kLatest.size()) : name;
}

}  // namespace

std::vector<CatalogEntry> ModelCatalog::list() const {
  std::vector<CatalogEntry> entries;
  for (const library::ModelSource& source : sources_) entries.push_back({source, ""});
  for (const store::ModelEntry& entry : store_.list()) {
    try {
      entries.push_back({library::resolve_installed(store_, entry.name), entry.id->hex()});
    } catch (const Error&) {
      // One that this program cannot run is not offered; asked for by name it says why.
    }
  }
  if (entries.empty()) entries.push_back({library::resolve_model(""), ""});
  return entries;
}

CatalogEntry ModelCatalog::find(std::string_view name) const {
  const auto found = std::ranges::find_if(sources_, [&](const library::ModelSource& source) {
    return source.name == name || source.name == without_latest(name);
  });
  if (found != sources_.end()) return {*found, ""};
  if (const auto wanted = store::ModelName::try_parse(name)) {
    if (const auto installed = store_.find(*wanted)) {
      library::ModelSource source = library::resolve_installed(store_, *installed);
      std::string digest = source.installed->id.hex();
      return {std::move(source), std::move(digest)};
    }
  }
  if (without_latest(name) == library::kBuiltInName) return {library::resolve_model(""), ""};
  // Ollama's words: clients look for them.
  throw Error(ErrorCode::NotFound, format("model '{}' not found", name));
}

}  // namespace bantam::serve
