#include "report/table.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "report/escape.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

Cell with_interval(std::string text, const stats::Estimate& estimate) {
  Cell cell{std::move(text), estimate.mean};
  if (estimate.half) {
    cell.low = estimate.low();
    cell.high = estimate.high();
  }
  return cell;
}

}  // namespace

Table Table::timed(bool timing) const {
  Table result;
  const auto is_timing = [](const Column& column) { return column.timing; };
  if (timing && std::ranges::none_of(columns, is_timing)) return result;
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].kind == Column::Kind::text || columns[i].timing == timing) kept.push_back(i);
  }
  for (const std::size_t i : kept) result.columns.push_back(columns[i]);
  for (const auto& row : rows) {
    auto& cells = result.rows.emplace_back();
    for (const std::size_t i : kept) cells.push_back(row[i]);
  }
  return result;
}

std::string text_table(const Table& table, std::size_t width) {
  std::vector<std::vector<std::string>> lines(1);
  for (const auto& column : table.columns) lines[0].push_back(printable(column.heading()));
  for (const auto& row : table.rows) {
    auto& line = lines.emplace_back();
    for (const auto& cell : row) line.push_back(printable(cell.text));
  }
  std::vector<std::size_t> widths(table.columns.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], characters(line[i]));
  }
  std::size_t all = 2 * (widths.size() - 1);
  for (const std::size_t one : widths) all += one;
  const bool folded = all > width;
  std::string text;
  for (const auto& line : lines) {
    std::string shown = folded ? line[0] + "\n" : "";
    for (std::size_t i = folded ? 1 : 0; i < line.size(); ++i) {
      const std::string space(widths[i] - characters(line[i]), ' ');
      const bool right = table.columns[i].kind == Column::Kind::number;
      shown += (i == 0 ? "" : "  ") + (right ? space + line[i] : line[i] + space);
    }
    text += shown.substr(0, shown.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string markdown_table(const Table& table) {
  std::string out = "|";
  for (const auto& column : table.columns) out += " " + markdown_escaped(column.heading()) + " |";
  out += "\n|";
  for (const auto& column : table.columns) out += column.kind == Column::Kind::number ? " ---: |" : " --- |";
  for (const auto& row : table.rows) {
    out += "\n|";
    for (const auto& cell : row) out += " " + markdown_escaped(cell.text) + " |";
  }
  return out + "\n\n";
}

Column text_column(std::string name) { return {std::move(name), "", Column::Kind::text}; }

Cell text_cell(std::string text) { return {std::move(text)}; }

Cell number_cell(double value, std::string text) { return {std::move(text), value}; }

Cell count_cell(std::size_t count) { return number_cell(static_cast<double>(count), std::to_string(count)); }

Cell mean_cell(const stats::Estimate& estimate, double factor, int digits) {
  if (estimate.n == 0) return text_cell(kNoValue);
  const stats::Estimate scaled = estimate.scaled(factor);
  return with_interval(quantity(scaled, digits), scaled);
}

Cell points_cell(const stats::Estimate& difference) {
  if (difference.n == 0) return text_cell(kNoValue);
  return with_interval(points(difference), difference.scaled(100));
}

}  // namespace bnexp::report
