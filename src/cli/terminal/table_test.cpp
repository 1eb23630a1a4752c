#include "cli/terminal/table.h"

#include <gtest/gtest.h>

namespace bantam::cli {
namespace {

Table example() {
  Table table({{"model", Align::Left}, {"tokens/s", Align::Right}, {"note", Align::Left}});
  table.add_row({"tiny", "1200.5", "ok"});
  table.add_row({"日本語", "7"});
  return table;
}

TEST(Table, AlignsColumnsByWhatIsSeen) {
  EXPECT_EQ(example().text(),
            "model   tokens/s  note\n"
            "tiny      1200.5  ok\n"
            "日本語         7\n");
}

TEST(Table, WritesMarkdown) {
  EXPECT_EQ(example().markdown(),
            "| model  | tokens/s | note |\n"
            "| ------ | -------: | ---- |\n"
            "| tiny   |   1200.5 | ok   |\n"
            "| 日本語 |        7 |      |\n");
}

TEST(Table, EscapesWhatWouldBreakIt) {
  Table table({{"a"}});
  table.add_row({"x\ny\x1b|z"});
  EXPECT_EQ(table.text(), "a\nx\\x0ay\\x1b|z\n");
  EXPECT_EQ(table.markdown(), "| a             |\n| ------------- |\n| x\\x0ay\\x1b\\|z |\n");
}

TEST(Table, OfNoRowsIsItsTitles) {
  const Table table({{"a"}, {"b", Align::Right}});
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.text(), "a  b\n");
  EXPECT_EQ(table.markdown(), "| a   |   b |\n| --- | --: |\n");
}

}  // namespace
}  // namespace bantam::cli
