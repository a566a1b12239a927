// Something that a trial traces over its training, averaged over seeds.
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
  std::string caption;  // the rest, on bands and ends, is added
  Axes axes;
};

// A chart with one line per arm: the mean over seeds as far as every seed goes, dashed where only some are left, the
// range over seeds as a band, a cross where a trial diverged. `curve_of` gives nothing for a trial without the data;
// at_step turns a failure's step into the x of the curves.
std::optional<Chart> curve_chart(const ChartInput& input, const CurveStyle& style,
                                 const std::function<std::optional<Curve>(const Trial&)>& curve_of,
                                 const std::function<double(const Trial&, std::int64_t)>& at_step);

// A field of the history against its step or, where trials run for an epoch or more, its epoch. Null without
// it, and where no trial has two entries: one is in the table of arms.
std::optional<Chart> history_chart(const ChartInput& input, CurveStyle style, const std::string& field, double factor);

}  // namespace bnexp::report
