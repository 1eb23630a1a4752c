#include "cli/chat/thinking_printer.h"

#include <gtest/gtest.h>

#include <sstream>

namespace bantam::cli {
namespace {

TEST(ThinkingPrinter, DimsWhatTheModelThinks) {
  std::ostringstream out;
  ThinkingPrinter printer(out, false);
  printer.show(AnswerPart::Thinking, "a");
  printer.show(AnswerPart::Thinking, "b");
  printer.show(AnswerPart::Text, "c\x1b[31m");
  printer.finish();
  EXPECT_TRUE(out.str().starts_with("\x1b[2mab\x1b[0m\n\nc"));
  EXPECT_EQ(out.str().find("\x1b[31m"), std::string::npos);
}

TEST(ThinkingPrinter, EndsDimmedTextThatWasCut) {
  std::ostringstream out;
  ThinkingPrinter printer(out, false);
  printer.show(AnswerPart::Thinking, "a");
  printer.finish();
  EXPECT_EQ(out.str(), "\x1b[2ma\x1b[0m");
}

TEST(ThinkingPrinter, HidesThinkingWhereAsked) {
  std::ostringstream out;
  ThinkingPrinter printer(out, true);
  printer.show(AnswerPart::Thinking, "a");
  printer.show(AnswerPart::Text, "b");
  printer.finish();
  EXPECT_EQ(out.str(), "b");
}

}  // namespace
}  // namespace bantam::cli
