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
  for (const auto& line : lines) all.insert(line.x.begin(), line.x.end());
  const std::vector<double> sorted(all.begin(), all.end());
  std::vector<double> chosen;
  const std::size_t count = std::min(kColumns, sorted.size());
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(sorted[(i + 1) * sorted.size() / count - 1]);
  return chosen;
}

Cell value_at(const TableLine& line, double x) {
  if (line.x.empty() || x > line.x.back()) return text_cell(kNoValue);
  const auto after = std::ranges::upper_bound(line.x, x);
  if (after == line.x.begin()) return text_cell(kNoValue);
  const double y = line.y[static_cast<std::size_t>(after - line.x.begin()) - 1];
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
