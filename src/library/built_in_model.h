// The small model that ships inside the program.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace bantam::library {

// A whole GGUF file, part of the program's read-only data.
std::span<const std::byte> built_in_model();

// How commands and messages name it.
inline constexpr std::string_view kBuiltInName = "built-in";

// What it can and cannot do, in two sentences for users.
std::string_view built_in_description();

}  // namespace bantam::library
