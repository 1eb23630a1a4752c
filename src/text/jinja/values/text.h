// A string that knows which of its bytes came from outside the template.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/rendered_prompt.h"

namespace bantam::jinja {

using text::ByteSpan;

enum class Origin { Template, User };

// Immutable once it is in a value; any thread.
struct Text {
  std::string bytes;           // valid UTF-8
  std::vector<ByteSpan> user;  // as RenderedPrompt::user_spans
  bool markup = false;         // Jinja's Markup: already safe for HTML, and escapes what joins it
  bool ascii = true;

  // Origin::User if any byte is.
  Origin origin() const { return user.empty() ? Origin::Template : Origin::User; }

  // Adds bytes at the end; a span that touches the last one is merged into it.
  void append(std::string_view more, Origin more_origin);
  void append(const Text& more, std::size_t begin, std::size_t end);
};

using TextPtr = std::shared_ptr<const Text>;

}  // namespace bantam::jinja
