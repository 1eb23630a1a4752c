#include "text/jinja/error.h"

#include "base/format.h"

namespace bantam::jinja {
namespace {

ErrorCode code_of(Fault fault) {
  switch (fault) {
    case Fault::Raised:
      return ErrorCode::BadInput;
    case Fault::Unsupported:
      return ErrorCode::Unsupported;
    default:
      return ErrorCode::BadFile;
  }
}

std::string text_of(Fault fault, int line, const std::string& message) {
  if (fault == Fault::Raised) return message;
  return format("chat template, line {}: {}", line, message);
}

}  // namespace

TemplateError::TemplateError(Fault fault, int line, const std::string& message)
    : Error(code_of(fault), text_of(fault, line, message)), fault_(fault), line_(line) {}

}  // namespace bantam::jinja
