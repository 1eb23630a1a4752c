// What a user states in the place of a model's files.
#pragma once

#include <string_view>

#include "formats/metadata.h"

namespace bantam::library {

// Sets the key of "KEY=VALUE", a full name as `bantam show --metadata` prints it. VALUE is true,
// false, a number, a list of one of these ("[true,false]"), or else text. Throws BadInput without a
// key or "=". Whether anything reads the key is seen when the model is read.
void set_override(std::string_view assignment, formats::Metadata& metadata);

}  // namespace bantam::library
