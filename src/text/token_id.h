// The number of a token in its vocabulary.
#pragma once

#include <cstdint>

namespace bantam::text {

using TokenId = std::int32_t;

}  // namespace bantam::text
