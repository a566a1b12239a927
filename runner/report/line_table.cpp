#include "report/line_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/words.h"

namespace bnexp::report {
namespace {

constexpr std::size_t kColumns = 6;  // of values

// Evenly spread over the x of all lines, with the last.
std::vector<double> columns_of(const std::vector<TableLine>& lines) {
  std::set<double> all;
  for (const auto& line : lines) {
    for (const auto& point : line.points) all.insert(point.x);
  }
  const std::vector<double> sorted(all.begin(), all.end());
  std::vector<double> chosen;
  const std::size_t count = std::min(kColumns, sorted.size());
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(sorted[(i + 1) * sorted.size() / count - 1]);
  return chosen;
}

Cell value_at(const TableLine& line, double x) {
  if (line.points.empty() || x > line.points.back().x) return text_cell(kNoValue);
  const auto after = std::ranges::find_if(line.points, [&](const Point& point) { return point.x > x; });
  if (after == line.points.begin()) return text_cell(kNoValue);
  const double y = std::prev(after)->y;
  return number_cell(y, significant(y, 4));
}

}  // namespace

Table line_table(const std::vector<std::string>& names, const std::vector<TableLine>& lines,
                 const std::string& x_title) {
  Table table;
  for (const auto& name : names) table.columns.push_back(text_column(name));
  const auto columns = columns_of(lines);
  for (const double x : columns) table.columns.push_back({fmt::format("{} {:g}", x_title, rounded(x))});
  table.columns.push_back({"seeds"});
  for (const auto& line : lines) {
    auto& row = table.rows.emplace_back();
    for (const auto& name : line.names) row.push_back(text_cell(name));
    for (const double x : columns) row.push_back(value_at(line, x));
    row.push_back(count_cell(line.seeds));
  }
  return table;
}

}  // namespace bnexp::report
