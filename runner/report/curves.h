// Curves over training, averaged over seeds.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "report/chart.h"
#include "report/lines.h"

namespace bnexp::report {

// One trial's line.
struct Curve {
  std::vector<double> x;
  std::vector<double> y;
};

struct CurveStyle {
  std::string title;
  std::string caption;  // sentences on bands and ends are added
  Axes axes;
  bool higher_is_better = false;  // for the reading in the description
};

// A chart with one line per arm: the mean over seeds, thin where only some seeds are left; the range over seeds as a
// band; a cross where a trial diverged. `curve_of` gives nothing for a trial without the data; at_step converts a
// failure's step to the x of the curves.
std::optional<Chart> curve_chart(const ChartInput& input, const CurveStyle& style,
                                 const std::function<std::optional<Curve>(const Trial&)>& curve_of,
                                 const std::function<double(const Trial&, std::int64_t)>& at_step);

// A field of the history over its step or, for trials of an epoch or more, over its epoch. Null without the field, or
// if no trial has two entries: a single one is in the table of arms.
std::optional<Chart> history_chart(const ChartInput& input, CurveStyle style, const std::string& field, double factor);

}  // namespace bnexp::report
