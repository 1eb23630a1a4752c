// What a folder calls its layers.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "model/hyper_parameters.h"

namespace bantam::model {

// The folder's layer_types, of which those of its layers must be among `known`; a list may go on
// beyond them. Throws BadFile where there is no list, Unsupported naming an unknown type.
const std::vector<std::string_view>& layer_types(const HyperParameters& parameters,
                                                 std::size_t layer_count,
                                                 std::span<const std::string_view> known);

}  // namespace bantam::model
