// The list of endpoints.
#pragma once

#include <span>

#include "serve/context.h"

namespace bantam::serve {

std::span<const Route> routes();

}  // namespace bantam::serve
