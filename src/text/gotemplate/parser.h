// From the source of a Go template to its tree.
#pragma once

#include <string_view>

#include "text/gotemplate/ast.h"

namespace bantam::gotemplate {

// Grammar: https://pkg.go.dev/text/template. Throws jinja::TemplateError{Syntax}, also for names of
// functions and variables that do not exist, and jinja::TemplateError{Limit} for actions or
// parentheses nested deeper than 64 and for more than 512 KiB of source.
TemplateAst parse_template(std::string_view source);

}  // namespace bantam::gotemplate
