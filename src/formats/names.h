// What files may call their keys and tensors.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/utf8.h"

namespace bantam::formats {

// Whether the text can name something: UTF-8, not empty, without control characters.
inline bool is_name(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !text.empty() && std::ranges::none_of(text, is_control) && is_valid_utf8(text);
}

}  // namespace bantam::formats
