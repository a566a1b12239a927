// A chart: records in, Vega-Lite out. One file each in reports/charts, registered by BNEXP_CHART.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/registry.h"
#include "report/results.h"
#include "report/tables.h"

namespace bnexp::report {

// Colours are written as names that the page resolves for its light or dark theme:
//   "$category/2"  the third of the categorical palette     "$ramp/1/4"  the second of four ordered levels
//   "$ink", "$muted", "$failure"
struct LegendItem {
  enum class Mark { line, dashed, point, cross, band };
  std::string label;
  std::string color;
  Mark mark = Mark::line;
};

// One frame of a chart. Panels of a chart wrap with the width of the page and share its legend.
struct Panel {
  std::string title;
  Json spec;  // Vega-Lite, inline data only; a datum's "t" names its trial, else "a" its arm's index
};

struct Chart {
  std::string id;  // file-name safe
  std::string title;
  std::string caption;  // what is drawn, with its units
  std::string note;     // what was left out or thinned; may be empty
  std::string legend_title;
  std::vector<LegendItem> legend;
  std::vector<Panel> panels;
  Table table;          // the numbers behind the chart; may be empty
  bool timing = false;  // shows what may differ between two runs
};

using MakeChart = std::optional<Chart> (*)(const Results&);

struct ChartEntry {
  int order = 0;  // of appearance
  MakeChart make = nullptr;
};

Registry<ChartEntry>& charts();

struct DrawnCharts {
  std::vector<Chart> charts;
  std::vector<std::string> problems;  // a chart whose records hold something unexpected says so and spoils no other
};
DrawnCharts draw_charts(const Results& results);

#define BNEXP_CHART(id, order, make) \
  [[maybe_unused]] static const bool registered_chart = ::bnexp::report::charts().add(id, {order, make})

}  // namespace bnexp::report
