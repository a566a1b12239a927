// Charts of probes that record percentiles: panels by what was measured, colours by arm.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "report/chart.h"
#include "report/lines.h"

namespace bnexp::report {

// One line of one trial, in the panel of its name.
struct NamedBand {
  std::string panel;  // "norm1, before"
  Series::Style style = Series::Style::line;
  bool filled = false;  // low to high
  std::vector<Point> points;
};

// From {"q15": [..], "q50": [..], "q85": [..]} over `steps`; without points if they can't be read.
std::vector<Point> band_from(const Value& steps, const Value& quantiles);

struct BandChart {
  std::string title;
  std::string caption;
  std::string x_title;
  std::string y_title;
  std::string thin_label;   // what thin lines are: "eval mode"; empty if there are none
  std::string description;  // what the lines are; the number of arms and panels is added
  std::function<std::vector<NamedBand>(const Trial&)> bands_of;
};

// Averaged over seeds at their common x. Null when no trial has a band.
std::optional<Chart> band_chart(const ChartInput& input, const BandChart& chart);

// The trials that stand for an arm: its ok ones (the others end early), or all if none is ok.
std::vector<const Trial*> representative_trials(const Arm& arm);

// "The first 24 of 30 panels are drawn; the table of values has all."; empty if all are.
std::string panels_note(std::size_t drawn, std::size_t all);

}  // namespace bnexp::report
