// Tables for people: `show`, `bench` and `list` print them.
#pragma once

#include <string>
#include <vector>

namespace bantam::cli {

enum class Align { Left, Right };

// Cells are made safe for a terminal and put on one line each. One thread at a time.
class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::Left;
  };

  explicit Table(std::vector<Column> columns);

  // As many cells as there are columns; missing ones are empty.
  void add_row(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  // Titles and rows padded to equal columns, two spaces between, each line ended by a newline.
  std::string text() const;

  // The same as a GitHub markdown table.
  std::string markdown() const;

 private:
  using Row = std::vector<std::string>;
  std::vector<std::size_t> widths(const std::vector<Row>& rows) const;
  std::string padded(const std::string& cell, std::size_t column, std::size_t width) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace bantam::cli
