// Tokens to a tree.
#pragma once

#include <string_view>

#include "text/jinja/ast.h"

namespace bantam::jinja {

// Throws TemplateError{Syntax} naming the line, also for more than 64 blocks, brackets and unary
// operators inside each other, and TemplateError{Limit} for more than 512 KiB of source.
TemplateAst parse_template(std::string_view source);

}  // namespace bantam::jinja
