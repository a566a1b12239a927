// The lines of a chart as a table, for readers who can't see them.
#pragma once

#include <string>
#include <vector>

#include "report/lines.h"
#include "report/table.h"

namespace bnexp::report {

// One line of the table; the parts of a line that changes its style follow each other.
struct TableLine {
  std::vector<std::string> names;  // one for each name column: panel, arm
  std::vector<double> x, y;        // by ascending x
  std::size_t seeds = 0;
};

// Each line's y at a few x over the range of all lines: its last value up to there; a dash after its end. Columns:
// the names, each x, and the number of seeds.
Table line_table(const std::vector<std::string>& names, const std::vector<TableLine>& lines,
                 const std::string& x_title);

}  // namespace bnexp::report
