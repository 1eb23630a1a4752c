// Where names live while a template runs.
#pragma once

#include <utility>
#include <vector>

#include "text/jinja/ast.h"
#include "text/jinja/values/value.h"

namespace bantam::jinja {

// The names of one block. Blocks are few and small, so they are searched one after the other.
struct Scope : Object {
  explicit Scope(Scope* outer) : Object(Kind::Namespace), parent(outer) {}

  Value* find(NameId name) {
    for (auto& [id, value] : names) {
      if (id == name) return &value;
    }
    return nullptr;
  }
  void set(NameId name, Value value) {
    if (Value* found = find(name)) {
      *found = std::move(value);
    } else {
      names.emplace_back(name, std::move(value));
    }
  }

  Scope* parent;
  std::vector<std::pair<NameId, Value>> names;
  bool captured = false;  // a macro refers to it, so it cannot be used again
};

}  // namespace bantam::jinja
