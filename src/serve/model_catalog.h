// The models that the server knows by name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "library/model_source.h"
#include "store/store.h"

namespace bantam::serve {

struct CatalogEntry {
  library::ModelSource source;
  std::string digest;  // of an installed model's manifest, 64 hexadecimal digits; else empty
};

// The models of a store, as they are installed at the moment, and those that the server was started
// with, which come first. Immutable: any thread.
class ModelCatalog {
 public:
  ModelCatalog(std::vector<library::ModelSource> sources, store::Store store)
      : sources_(std::move(sources)), store_(std::move(store)) {}

  // Those that can be read; where there are none, the built-in model.
  std::vector<CatalogEntry> list() const;
  // Throws NotFound, "model 'x' not found", and what resolve_installed throws.
  CatalogEntry find(std::string_view name) const;

  const store::Store& store() const { return store_; }

 private:
  std::vector<library::ModelSource> sources_;
  store::Store store_;
};

}  // namespace bantam::serve
