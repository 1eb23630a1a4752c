// Removing blobs that no model has; internal to the store.
#pragma once

#include <vector>

#include "store/store.h"

namespace bantam::store {

// Of all manifests, by their place alone; files with other names are passed over.
std::vector<ModelName> manifest_names(const Folder& root);

// Removes those blobs that no manifest names and no other operation uses. Where a manifest cannot
// be read nothing is removed: it may name any of them.
RemoveReport remove_unreferenced(const Folder& root, const std::vector<Digest>& candidates);

}  // namespace bantam::store
