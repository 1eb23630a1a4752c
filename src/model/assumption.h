// What a model's file leaves open, and how it was read nevertheless.
#pragma once

#include <string>

namespace bantam::model {

struct Assumption {
  std::string key;      // full name of the key that the file lacks
  std::string assumed;  // "none", "12"
  std::string instead;  // another value that the key could have
  std::string why;      // what depends on it
};

}  // namespace bantam::model
