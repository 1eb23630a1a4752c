#include "cli/terminal/table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "cli/terminal/escape.h"

namespace bantam::cli {
namespace {

std::vector<std::string> titles(const std::vector<Table::Column>& columns) {
  std::vector<std::string> result;
  for (const auto& column : columns) result.push_back(column.title);
  return result;
}

// A bar would end the cell.
std::string markdown_cell(const std::string& cell) {
  std::string out;
  for (const char c : cell) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add_row(std::vector<std::string> cells) {
  BANTAM_CHECK(cells.size() <= columns_.size(), "a row has no more cells than the table columns");
  cells.resize(columns_.size());
  for (auto& cell : cells) cell = escaped_line(cell);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths(const std::vector<Row>& rows) const {
  std::vector<std::size_t> result(columns_.size(), 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      result[i] = std::max(result[i], display_width(row[i]));
    }
  }
  return result;
}

std::string Table::padded(const std::string& cell, std::size_t column, std::size_t width) const {
  const std::string space(width - display_width(cell), ' ');
  return columns_[column].align == Align::Right ? space + cell : cell + space;
}

std::string Table::text() const {
  std::vector<Row> rows = rows_;
  rows.insert(rows.begin(), titles(columns_));
  const auto width = widths(rows);
  std::string out;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      line += padded(row[i], i, width[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

std::string Table::markdown() const {
  std::vector<Row> rows = rows_;
  rows.insert(rows.begin(), titles(columns_));
  for (Row& row : rows) std::transform(row.begin(), row.end(), row.begin(), markdown_cell);
  auto width = widths(rows);
  for (std::size_t& columns : width) columns = std::max<std::size_t>(columns, 3);

  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    out += '|';
    for (std::size_t i = 0; i < width.size(); ++i)
      out += ' ' + padded(rows[r][i], i, width[i]) + " |";
    out += '\n';
    if (r > 0) continue;
    out += '|';
    for (std::size_t i = 0; i < width.size(); ++i) {
      const bool right = columns_[i].align == Align::Right;
      out += ' ' + std::string(width[i] - (right ? 1 : 0), '-') + (right ? ": |" : " |");
    }
    out += '\n';
  }
  return out;
}

}  // namespace bantam::cli
