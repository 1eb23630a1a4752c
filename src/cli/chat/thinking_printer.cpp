#include "cli/chat/thinking_printer.h"

#include <ostream>

#include "cli/terminal/escape.h"

namespace bantam::cli {
namespace {

constexpr std::string_view kDim = "\x1b[2m", kPlain = "\x1b[0m";  // ECMA-48, SGR

}  // namespace

void ThinkingPrinter::show(AnswerPart part, std::string_view piece) {
  const bool is_thinking = part == AnswerPart::Thinking;
  if (is_thinking && hides_thinking_) return;
  if (is_thinking && !is_dimmed_) *out_ << kDim;
  if (!is_thinking && is_dimmed_) *out_ << kPlain << "\n\n";
  is_dimmed_ = is_thinking;
  *out_ << escaped_for_terminal(piece) << std::flush;
}

void ThinkingPrinter::finish() {
  if (is_dimmed_) *out_ << kPlain << std::flush;
  is_dimmed_ = false;
}

}  // namespace bantam::cli
