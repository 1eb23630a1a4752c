// Equality, order, truth and membership as Python has them.
#pragma once

#include <cstddef>

#include "text/jinja/values/value.h"

namespace bantam::jinja {

bool truthy(const Value& value);

bool equal(Runtime& runtime, const Value& left, const Value& right);

// Throws a Type fault for two kinds that have no order, as Python words it for `op`.
bool less(Runtime& runtime, const Value& left, const Value& right, const char* op = "<");
bool less_or_equal(Runtime& runtime, const Value& left, const Value& right, const char* op = "<=");

// `item in container`. Throws a Type fault where the container has no members.
bool contains(Runtime& runtime, const Value& container, const Value& item);

// Equal values have equal hashes. Throws a Type fault for lists, dicts and the like.
std::size_t hash_of(Runtime& runtime, const Value& value);

// Length of what has one; nullopt-like: false for kinds without.
bool length_of(const Value& value, std::size_t& length);

// Offset of `needle` in `text` at or after `from`, or npos; linear time whatever they are.
std::size_t find_bytes(Runtime& runtime, std::string_view text, std::string_view needle,
                       std::size_t from = 0);

}  // namespace bantam::jinja
