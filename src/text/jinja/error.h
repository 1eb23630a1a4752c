// What can go wrong in a chat template.
#pragma once

#include <string>

#include "base/error.h"

namespace bantam::jinja {

enum class Fault {
  Syntax,       // the template cannot be parsed
  Raised,       // the template called raise_exception
  Undefined,    // a value that is not there was used
  Type,         // an operation on a kind of value that has no such operation
  Value,        // a right kind of value that cannot be used
  Security,     // something that a template is never allowed to do
  Limit,        // too many steps, too deep, too much output
  Unsupported,  // Jinja that makes no sense in a chat template, such as include
};

// The only exception that leaves the interpreter. For Raised, what() is the template's own message
// word for word; otherwise it starts with "chat template, line N: ". Its code is BadInput for
// Raised, Unsupported for Unsupported and BadFile for the rest.
class TemplateError : public Error {
 public:
  TemplateError(Fault fault, int line, const std::string& message);

  Fault fault() const { return fault_; }
  int line() const { return line_; }  // from 1

 private:
  Fault fault_;
  int line_;
};

}  // namespace bantam::jinja
