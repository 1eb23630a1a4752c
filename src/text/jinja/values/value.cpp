#include "text/jinja/values/value.h"

#include <functional>

#include "text/jinja/runtime.h"
#include "text/jinja/values/compare.h"

namespace bantam::jinja {

const Value* DictObject::find_hashed(Runtime& runtime, std::size_t hash, const Value& key) const {
  const auto [begin, end] = index_.equal_range(hash);
  for (auto entry = begin; entry != end; ++entry) {
    const auto& [candidate, value] = entries_[entry->second];
    if (equal(runtime, candidate, key)) return &value;
  }
  return nullptr;
}

const Value* DictObject::find(std::string_view key) const {
  if (!index_.empty()) {
    const auto [begin, end] = index_.equal_range(std::hash<std::string_view>()(key));
    for (auto entry = begin; entry != end; ++entry) {
      const auto& [candidate, value] = entries_[entry->second];
      if (candidate.is_text() && candidate.text().bytes == key) return &value;
    }
    return nullptr;
  }
  for (const auto& [candidate, value] : entries_) {
    if (candidate.is_text() && candidate.text().bytes == key) return &value;
  }
  return nullptr;
}

const Value* DictObject::find(Runtime& runtime, const Value& key) const {
  const std::size_t hash = hash_of(runtime, key);
  if (!index_.empty()) return find_hashed(runtime, hash, key);
  for (const auto& [candidate, value] : entries_) {
    if (equal(runtime, candidate, key)) return &value;
  }
  return nullptr;
}

void DictObject::set(Runtime& runtime, const Value& key, Value value) {
  const std::size_t hash = hash_of(runtime, key);
  if (const Value* found = find(runtime, key)) {
    *const_cast<Value*>(found) = std::move(value);
    return;
  }
  runtime.charge(sizeof(Entry) * 2);
  entries_.emplace_back(key, std::move(value));
  if (!index_.empty()) {
    index_.emplace(hash, entries_.size() - 1);
  } else if (entries_.size() > kLinear) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      index_.emplace(hash_of(runtime, entries_[i].first), i);
    }
  }
}

std::size_t RangeObject::length() const {
  if (step > 0) return start < stop ? static_cast<std::size_t>((stop - start - 1) / step + 1) : 0;
  return start > stop ? static_cast<std::size_t>((start - stop - 1) / -step + 1) : 0;
}

const Value* NamespaceObject::find(std::string_view name) const {
  for (const auto& [key, value] : entries) {
    if (key->bytes == name) return &value;
  }
  return nullptr;
}

void NamespaceObject::set(const TextPtr& name, Value value) {
  for (auto& [key, old] : entries) {
    if (key->bytes == name->bytes) {
      old = std::move(value);
      return;
    }
  }
  entries.emplace_back(name, std::move(value));
}

const char* type_name(const Value& value) {
  switch (value.kind()) {
    case Kind::Undefined:
      return "Undefined";
    case Kind::None:
      return "NoneType";
    case Kind::Bool:
      return "bool";
    case Kind::Int:
      return "int";
    case Kind::Float:
      return "float";
    case Kind::Text:
      return value.text().markup ? "Markup" : "str";
    case Kind::List:
      return "list";
    case Kind::Tuple:
      return "tuple";
    case Kind::Dict:
      return "dict";
    case Kind::Range:
      return "range";
    case Kind::View:
      switch (value.as<ViewObject>().part) {
        case ViewObject::Part::Keys:
          return "dict_keys";
        case ViewObject::Part::Values:
          return "dict_values";
        default:
          return "dict_items";
      }
    case Kind::Iterator:
      return value.as<IteratorObject>().type;
    case Kind::Namespace:
      return "Namespace";
    case Kind::Loop:
      return "LoopContext";
    case Kind::Callable:
      return value.as<CallableObject>().type;
    case Kind::Bytes:
      return "bytes";
  }
  return "object";
}

std::string type_description(const Value& value) {
  switch (value.kind()) {
    case Kind::None:
      return "None";
    case Kind::Namespace:
      return "jinja2.utils.Namespace object";
    case Kind::Loop:
      return "jinja2.runtime.LoopContext object";
    default:
      return std::string(type_name(value)) + " object";
  }
}

}  // namespace bantam::jinja
