#include "report/table.h"

#include <algorithm>
#include <utility>

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
