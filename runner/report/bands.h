// Charts of probes that record percentiles: panels by what was measured, colours by arm.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "report/chart.h"
#include "report/lines.h"

namespace bnexp::report {

struct Band {
  std::vector<Point> points;
};

// One line of one trial, in the panel of its name.
struct NamedBand {
  std::string panel;  // "norm1, before"
  Series::Style style = Series::Style::line;
  bool filled = false;  // low to high
  Band band;
};

// From {"q15": [..], "q50": [..], "q85": [..]} over `steps`; without points if they can't be read.
Band band_from(const Value& steps, const Value& quantiles);

struct BandChart {
  std::string title;
  std::string caption;
  std::string x_title;
  std::string y_title;
  std::vector<LegendItem> legend;  // after the arms' entries
  bool first_seed_only = false;    // for lines without common x; else seeds are averaged over their common x
  std::function<std::vector<NamedBand>(const Trial&)> bands_of;
};

// Null when no trial has a band.
std::optional<Chart> band_chart(const ChartInput& input, const BandChart& chart);

}  // namespace bnexp::report
