// Shows an answer at a terminal, dimmed while the model thinks.
#pragma once

#include <iosfwd>
#include <string_view>

#include "cli/chat/answer.h"

namespace bantam::cli {

// The stream outlives it. One answer; one thread.
class ThinkingPrinter {
 public:
  // `hides_thinking`: only the text shows.
  ThinkingPrinter(std::ostream& out, bool hides_thinking)
      : out_(&out), hides_thinking_(hides_thinking) {}

  // Makes the piece safe for a terminal. Between thinking and text stands a blank line.
  void show(AnswerPart part, std::string_view piece);
  // Ends dimmed text that was cut.
  void finish();

 private:
  std::ostream* out_;
  bool hides_thinking_;
  bool is_dimmed_ = false;
};

}  // namespace bantam::cli
