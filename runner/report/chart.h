// A chart: results in, Vega-Lite out. One file each in reports/charts, registered by BNEXP_CHART.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.h"
#include "analysis/reading.h"
#include "base/json.h"
#include "base/registry.h"
#include "report/legend.h"
#include "report/table.h"

namespace bnexp::report {

// The parts of charts.
using analysis::Analysis;
using analysis::Arm;
using analysis::Key;
using analysis::Trial;
using analysis::Value;
using stats::Estimate;

// One frame of a chart. Panels of a chart wrap with the width of the page and share its legend.
struct Panel {
  std::string title;
  Json spec;  // Vega-Lite, inline data only; a datum's "t" names its trial, else "a" its arm's index
  std::vector<LegendItem> legend = {};  // of its own colours, if they mean something else than in the other panels
};

struct Chart {
  std::string id;  // file-name safe
  std::string title;
  std::string caption;      // what is drawn, with its units
  std::string note;         // what was left out or thinned; may be empty
  std::string description;  // one or two sentences for readers who can't see it: axes, number of arms, main reading
  std::string legend_title;
  std::vector<LegendItem> legend;
  std::vector<Panel> panels;
  Table table;          // a summary to read with the chart; may be empty
  Table data;           // the values drawn, as an alternative to the picture
  bool timing = false;  // shows values that may differ between two runs
};

// The input of a chart.
struct ChartInput {
  const Analysis& analysis;
  analysis::Problems& problems;  // values that can't be read; the chart leaves them out and reports them

  const std::vector<Arm>& arms() const { return analysis.results.arms; }

  // Members of a trial's record; nothing if there is no record or no such member.
  Value history(const Trial& trial) const;
  Value data(const Trial& trial) const;
  Value settings(const Trial& trial) const;
  Value probe(const Trial& trial, const std::string& name) const;
  Value resources(const Trial& trial) const;
};

using MakeChart = std::optional<Chart> (*)(const ChartInput&);

struct ChartEntry {
  int order = 0;  // charts appear in ascending order
  MakeChart make = nullptr;
};

Registry<ChartEntry>& charts();

struct DrawnCharts {
  std::vector<Chart> charts;
  std::vector<std::string> problems;  // sentences on what charts leave out
};
DrawnCharts draw_charts(const Analysis& analysis);

#define BNEXP_CHART(id, order, make) \
  [[maybe_unused]] static const bool registered_chart = ::bnexp::report::charts().add(id, {order, make})

}  // namespace bnexp::report
