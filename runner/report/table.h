// A table whose cells are numbers or text, so that each export can write them its own way.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "stats/estimate.h"

namespace bnexp::report {

struct Cell {
  std::string text;               // as shown: "97.31 ± 0.12"
  std::optional<double> value{};  // the number, in the column's unit; none for text
  std::optional<double> low{};    // with `high` the value's interval, where it has one
  std::optional<double> high{};
};

struct Column {
  enum class Kind { text, number, statuses };  // statuses: how the trials of an arm ended
  std::string name;
  std::string unit = {};  // "%", "points", "ms"
  Kind kind = Kind::number;
  bool timing = false;  // may differ between two runs of the same trials

  std::string heading() const { return unit.empty() ? name : name + " (" + unit + ")"; }
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;

  bool empty() const { return rows.empty(); }
  // The table without the columns whose timing is not `timing`; text columns stay. Empty if no such column is left.
  Table timed(bool timing) const;
};

// For a terminal, in aligned columns. If a row is longer than `width` characters, its first cell has a line of its own.
std::string text_table(const Table& table, std::size_t width);

std::string markdown_table(const Table& table);

inline constexpr const char* kNoValue = "\u2013";

Column text_column(std::string name);

Cell text_cell(std::string text);
Cell number_cell(double value, std::string text);
Cell count_cell(std::size_t count);
// factor * mean ± half its interval; a dash where n = 0.
Cell mean_cell(const stats::Estimate& estimate, double factor, int digits);
// A difference of accuracies in percentage points: "+1.40 [+0.91, +1.89]"; a dash where n = 0.
Cell points_cell(const stats::Estimate& difference);

}  // namespace bnexp::report
